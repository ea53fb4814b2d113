"""Questions the agent asks, and everything that can go wrong with a question."""

from sessions_app.demo.ending import give_up, hang_up, transfer
from sessions_app.demo.talk import Over, Talk

Ways = tuple[str, ...]


def want(t: Talk, *requests: str) -> None:
    """The person says what they need, as the first thing or as one more thing."""
    if len(t.topics) > 1:
        opener = t.say_phrase("also")
    elif t.plan.returning:
        opener = t.say_phrase(t.plan.returning)
    else:
        opener = t.say_phrase("hi")
    t.user(*(start + request for start in opener for request in requests))


def ask(t: Talk, question: Ways, answer: Ways, *, again: str, misheard: str = "") -> None:
    """Ask and get an answer. `again` is the answer once more in short, `misheard` what the recognizer makes of it."""
    t.facts["again"] = t.fill(again)
    if t.strikes("english_only"):
        _english_only(t)
    english = t.strikes("language_once")
    asked = t.fill(*question)
    if english:
        _english_once(t)
    t.agent(_literal(asked))
    if t.strikes("rude", "curt"):
        _impatient(t)
    elif t.strikes("confused_once"):
        _confused(t, asked)
    elif t.strikes("confused_loop"):
        _confused_loop(t)
    elif t.strikes("transfer_voicemail", "transfer_message"):
        t.user(*t.say_phrase("person"))
        transfer(t)
    if misheard and t.strikes("stt_once"):
        _misheard(t, misheard)
    elif misheard and t.strikes("stt_stuck"):
        _stuck(t, misheard)
    else:
        t.user(*answer)
    if t.strikes("slow"):
        _slow(t)
    elif t.strikes("repeat_once"):
        _repeat(t, asked)
        t.mark("Repeated question")
        t.user(*t.say_phrase("already"))
    elif t.strikes("repeats"):
        _repeats(t, asked)


def hold(t: Talk, share: float = 0.45) -> None:
    """Sometimes the agent says that it is looking, and the person says fine."""
    if t.channel != "sms" and t.maybe(share):
        t.agent(*t.say_phrase("hold"))
        if t.maybe(0.35):
            t.user(*t.say_phrase("okay"))


def _impatient(t: Talk) -> None:
    rude = bool(t.plan.flaw and t.plan.flaw.name == "rude")
    t.user(*t.say_phrase("unsure"))
    t.agent(*t.say_phrase("rude" if rude else "curt"))
    t.mark("Tone")
    if rude:
        t.user(*t.say_phrase("rude_reply"))
        raise Over


def _confused(t: Talk, asked: str) -> None:
    t.user(*t.say_phrase("unsure"))
    t.agent(*t.say_phrase("unrelated"))
    t.mark("Did not understand")
    t.user(*t.say_phrase("what_i_mean"))
    t.agent(*(f"{sorry} {_literal(asked)}" for sorry in t.say_phrase("unsure_answer")))


def _confused_loop(t: Talk) -> None:
    doubt = t.fill(*t.say_phrase("unsure"))
    t.user(_literal(doubt))
    t.agent(*t.say_phrase("unrelated"))
    t.mark("Did not understand")
    t.user(*(f"{no} {_literal(doubt)}" for no in t.say_phrase("what_i_mean")))
    t.agent(*t.say_phrase("unrelated"))
    t.mark("Did not understand")
    t.user(*t.say_phrase("what_i_mean"))
    t.agent(*t.say_phrase("unrelated"))
    t.mark("Did not understand")
    give_up(t)


def _misheard(t: Talk, misheard: str) -> None:
    t.facts["heard"] = t.fill(misheard)
    t.user("{heard}.")
    t.mark("Speech transcription (STT)")
    t.agent(*t.say_phrase("heard"))
    t.user(*t.say_phrase("no_that"))
    t.agent(*t.say_phrase("heard_thanks"))


def _stuck(t: Talk, misheard: str) -> None:
    t.facts["heard"] = t.fill(misheard)
    t.user("{heard}.")
    t.mark("Speech transcription (STT)")
    t.agent(*t.say_phrase("heard"))
    t.user(*t.say_phrase("no_that"))
    t.agent(*t.say_phrase("still_wrong"))
    t.mark("Did not understand")
    t.user(*t.say_phrase("no_that"))
    t.agent(*t.say_phrase("still_wrong"))
    t.mark("Did not understand")
    give_up(t, t.say_phrase("still_wrong_reply"))


def _slow(t: Talk) -> None:
    t.slow_left = 3
    t.agent(*t.say_phrase("hold"))
    t.mark("Slow response")
    t.user(*t.say_phrase("slow"))


def _repeat(t: Talk, asked: str) -> None:
    start = 1 if asked.startswith("¿") else 0
    t.facts["question"], t.facts["question_cap"] = asked[:start] + asked[start].lower() + asked[start + 1 :], asked
    t.agent(*(t.say_phrase("repeat") if "." not in asked else (_literal(asked),)))


def _repeats(t: Talk, asked: str) -> None:
    _repeat(t, asked)
    t.mark("Repeated question")
    t.user(*t.say_phrase("already"))
    _repeat(t, asked)
    t.mark("Repeated question")
    give_up(t, t.say_phrase("third_time"))


def _english_once(t: Talk) -> None:
    t.agent("I can help you with that. What can I do for you?", "Sure, I can help. Could you tell me more?", lang="en")
    t.mark("Language switch")
    t.user("Perdón, ¿puede hablar en español?", "No hablo inglés. ¿En español, por favor?", "Disculpe, en español, por favor.")
    t.agent("Claro que sí, disculpe. Seguimos en español.", "Por supuesto, perdón. Sigo en español.")
    t.user("Gracias.", "Ay, gracias.", "Sí, por favor.")


def _english_only(t: Talk) -> None:
    t.agent("I can help you with that. Can you tell me your date of birth?", "Sure. What is your date of birth, please?", lang="en")
    t.mark("Language switch")
    t.user("Perdón, ¿puede hablar en español?", "No hablo inglés. ¿En español, por favor?")
    t.agent("Of course. Please tell me your date of birth.", "Yes, I can help in Spanish. What is your date of birth?", lang="en")
    t.mark("Language switch")
    t.user("No le entiendo. ¿Hay alguien que hable español?", "En español, por favor. No entiendo nada.")
    t.agent("I’m sorry, I didn’t catch that. Could you repeat your date of birth?", lang="en")
    t.mark("Language switch")
    hang_up(t, ("Ya, mejor llamo después.", "No me entiende. Adiós.", "Voy a pedirle a mi hija que llame."))


def _literal(text: str) -> str:
    """Text that is already filled in, safe to fill in again."""
    return text.replace("{", "{{").replace("}", "}}")
