"""The issue categories of the demo: the vendor's two, and ours, with how to tell them apart."""

from dataclasses import dataclass


@dataclass(frozen=True)
class IssueCategory:
    """`channels` names where it applies, empty means everywhere; `signal` what suggests it; `templates` sentences for its comment."""

    name: str
    origin: str
    group: str
    severity: str
    description: str
    example: str
    counter_example: str
    channels: tuple[str, ...]
    order: int
    signal: str = ""
    templates: tuple[str, ...] = ()


ISSUE_CATEGORIES: tuple[IssueCategory, ...] = (
    IssueCategory(
        "Silent treatment", "vendor", "Conversation", "major", "The agent says nothing for so long that the caller wonders whether anyone is there.",
        "Eight seconds of silence, then the caller asks: Hello? Are you still there?", "The agent says that it is looking something up and comes back.", ("voice",), 1,
        "silence", ("Nobody spoke for about … s after the caller had answered.", "The caller had to ask whether anyone was there."),
    ),
    IssueCategory(
        "Speech transcription (STT)", "vendor", "Speech", "minor", "The words in the transcript are not the words that were said, and it matters for what follows.",
        "The caller says March ninth, the agent reads back March fifth.", "A misspelled name that changes nothing.", ("voice",), 2,
        "", ("The caller said …, the transcript says …", "The wrong word was carried into the booking."),
    ),
    IssueCategory(
        "Wrong answer", "ours", "Answer", "major", "The agent states something that is not true or does not match the tool result, also if nobody notices.",
        "The slot was booked for 3:15 PM, the agent confirms 4:00 PM.", "The agent offers a slot the caller does not like.", (), 3,
        "", ("The agent said …; the tool had returned …", "The caller went away with the wrong time or place.", "The agent answered a question nobody had asked."),
    ),
    IssueCategory(
        "Missed request", "ours", "Answer", "major", "Something the person asked for got no answer.",
        "The caller asks about parking, the agent says goodbye.", "The agent answers the second question after finishing the first.", (), 4,
        "", ("The caller asked for … and got no answer.", "The agent closed before the second request was met."),
    ),
    IssueCategory(
        "Did not understand", "ours", "Conversation", "minor", "The words were heard, but the agent did not see what was meant.",
        "Asked about costs, the agent lists what it can do.", "The agent asks one question to be sure.", (), 5,
        "", ("The agent answered another question than the one asked.", "The caller had to put it differently twice."),
    ),
    IssueCategory(
        "Repeated question", "ours", "Conversation", "minor", "The agent asks for something it has already been told.",
        "The date of birth is asked for three times.", "The agent reads an answer back once to confirm it.", (), 6,
        "", ("Already given earlier: …", "Asked for the same thing three times."),
    ),
    IssueCategory(
        "Slow response", "ours", "Conversation", "minor", "Replies come, but the wait before them is uncomfortable.",
        "Three replies in a row take five seconds or more.", "One slow reply after the agent announced a lookup.", (), 7,
        "slow_reply", ("Long waits before most replies.", "The caller spoke over the agent because of the wait."),
    ),
    IssueCategory(
        "Tool error", "ours", "System", "major", "A tool call failed and the person felt it.",
        "The reschedule call ends with 504 and nothing is saved.", "The first try fails, the second one works, nobody waits.", (), 8,
        "tool_error", ("The tool failed and nothing was saved.", "The agent went on as if the tool had worked."),
    ),
    IssueCategory(
        "Transfer failed", "ours", "System", "major", "The person should have reached somebody and did not.",
        "The transfer ends in a voicemail.", "The caller is connected after a short wait.", ("voice",), 9,
        "", ("The transfer ended in a voicemail.", "The caller was sent to the wrong place."),
    ),
    IssueCategory(
        "Language switch", "ours", "Conversation", "major", "The agent answers in a language the person did not choose.",
        "The caller asks in Spanish, the agent goes on in English.", "The caller mixes both languages and the agent follows.", ("voice",), 10,
        "", ("The caller kept to one language and the agent did not.", "The agent noticed only when told."),
    ),
    IssueCategory(
        "Tone", "ours", "Conduct", "major", "The agent is rude, impatient or dismissive.",
        "Either you tell me or we stop here.", "A short but polite answer.", (), 11,
        "", ("Short with a caller who was upset.", "Made the caller feel at fault."),
    ),
    IssueCategory(
        "Privacy", "ours", "Conduct", "critical", "Personal details are given to somebody who was not verified.",
        "The agent names another patient’s prescription before asking who is calling.", "The agent reads back the caller’s own data after checking it.", (), 12,
        "", ("Details were given before anybody was verified.", "The details belonged to another person."),
    ),
)  # fmt: skip

# By channel, in the order of the keys 5 to 9 and 0; "" is for all the others.
FIXED_ISSUES: dict[str, tuple[str, ...]] = {
    "": ("Wrong answer", "Missed request", "Did not understand", "Repeated question", "Slow response", "Tool error"),
    "voice": ("Wrong answer", "Silent treatment", "Missed request", "Repeated question", "Transfer failed", "Tool error"),
}
