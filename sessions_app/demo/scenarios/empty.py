"""Sessions with nothing to judge: silence, wrong numbers, voicemail, noise, sales calls."""

from sessions_app.demo.scenarios.greetings import greet
from sessions_app.demo.scenarios.scenario import Scenario
from sessions_app.demo.talk import Over, Talk


def silence(t: Talk) -> None:
    t.about("Nobody spoke on this call.", "The agent ended the call.")
    greet(t)
    for ways in (
        ("Hello? I can’t hear you.", "Are you there? I can’t hear anything."),
        ("I’m sorry, I still can’t hear you.",),
        ("Please call again when you can. Goodbye.", "I will end the call now. Goodbye."),
    ):
        t.now += t.between(5.0, 8.5)
        t.agent(*ways, lang="en")


def wrong_number(t: Talk) -> None:
    t.about("The caller had dialed a wrong number.", "The caller hung up.")
    greet(t)
    t.user("Oh. Is this not the {shop}?", "Hi, I’d like to order, um, is this the {shop}?", "Sorry, I’m trying to reach the {shop}.", lang="en")
    t.agent("No, this is {place}. You may have the wrong number.", lang="en")
    t.user("Sorry about that. Bye.", "Oh, my mistake. Bye.", "Okay, sorry.", lang="en")


def noise(t: Talk) -> None:
    t.about("Only background voices could be heard.", "The call ended without a request.")
    greet(t)
    t.user("the remote is on the, no, the other one", "and then he said he would come on Sunday", "did you feed the dog", lang="en")
    t.agent("I’m sorry, I didn’t catch that. How can I help you?", lang="en")
    t.user("leave it in the car, we’re late anyway", "turn that down a bit", "yeah, mom, I’m coming", lang="en")
    t.agent("I’m sorry, I can’t hear a request. Please call again if you need us. Goodbye.", lang="en")


def sales(t: Talk) -> None:
    t.about("A sales recording called the line.", "The agent ended the call.")
    greet(t)
    t.user(
        "This is an important message about your business listing. Press one to speak with a specialist.",
        "Congratulations, your company qualifies for a lower energy rate. Press two to learn more.",
        lang="en",
    )
    t.agent("I can help you with {menu}. What would you like to do?", lang="en")
    t.user("To be removed from our list, press nine.", "Press one now to keep your offer.", lang="en")
    t.agent("Goodbye.", lang="en")


def voicemail(t: Talk) -> None:
    t.about("The call reached a voicemail.", "The agent left a short message.")
    t.user("Hi, you’ve reached {first}. I can’t come to the phone right now.", "You have reached the voicemail of {first} {last}.")
    t.user("Please leave a message after the tone.", "Leave a message and I’ll call you back.", after=t.between(0.4, 0.9))
    t.agent(
        "Hello, this is {place} with a reminder. Please call us back at your convenience.",
        "This is a message from {place} for {first}. Please call us back when you can.",
    )
    t.agent("Thank you. Goodbye.")


def wrong_person(t: Talk) -> None:
    t.about("The number belongs to somebody else.", "The agent apologized and ended the call.")
    t.user("Hello?", "Yes?")
    t.agent("Hello, this is the assistant of {place}, calling for {first} {last}. Is this a good moment?")
    t.user("You have the wrong number.", "There’s nobody here with that name.", "Wrong number. I’ve had this phone for years.")
    t.agent("I’m sorry for the trouble. I will note that. Goodbye.")


def left_chat(t: Talk) -> None:
    t.about("The visitor wrote nothing that could be answered.", "The visitor left.")
    greet(t)
    t.user("test", "asdf", "hi", "...")
    t.agent("Hello. What can I help you with?", "I’m here. What are you looking for?")
    t.now += t.between(90, 160)
    t.agent("I will close this chat for now. You can write here any time.")


def spam_chat(t: Talk) -> None:
    t.about("The visitor tried to sell something.", "No request was made.")
    greet(t)
    t.user("we offer top ranking for your website, cheap price", "Dear sir, I can redesign your site in 3 days")
    t.agent("I can help you with {menu}. What would you like to do?")
    t.user("who is the owner, give me the email", "pls forward to your marketing team")
    t.agent("I’m sorry, I can’t help with that here.")


def wrong_text(t: Talk) -> None:
    t.about("The text came from somebody else.", "The number was noted as wrong.")
    if t.plan.line.outbound:
        t.agent("Harbor Pharmacy: {first}, your prescription is due for a refill. Reply YES to order it, NO to skip, STOP to opt out.")
        t.user("Who is this? I’m not {first}", "Wrong number")
    else:
        t.user("Are we still on for dinner", "hey it’s me, new phone")
        t.agent("This is the refill line of Harbor Pharmacy. You may have the wrong number.")
        t.user("Oops sorry", "Wrong number, sorry")
    t.agent("Thank you for telling us. We will not text you about this again.")
    t.user("Ok thanks", "STOP")
    raise Over


SCENARIOS = tuple(
    Scenario(name, "", lines, play, (), weight, ends=ends, kind="empty", can_return=False)
    for name, lines, play, weight, ends in (
        ("silence", ("voice",), silence, 2.0, "agent"), ("wrong_number", ("voice",), wrong_number, 1.2, "caller"), ("noise", ("voice",), noise, 0.8, "agent"),
        ("sales", ("voice",), sales, 0.6, "agent"), ("voicemail", ("out",), voicemail, 3.0, "agent"), ("wrong_person", ("out",), wrong_person, 1.0, "agent"),
        ("left_chat", ("chat",), left_chat, 1.4, "caller"), ("spam_chat", ("chat",), spam_chat, 0.6, "caller"), ("wrong_text", ("sms", "sms_out"), wrong_text, 1.0, "caller"),
    )
)  # fmt: skip
