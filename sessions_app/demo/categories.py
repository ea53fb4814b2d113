"""The issue categories of the demo: the vendor's two, and ours, with how to tell them apart."""

from dataclasses import dataclass


@dataclass(frozen=True)
class IssueCategory:
    """`channels` names where it applies; empty means everywhere."""

    name: str
    origin: str
    group: str
    severity: str
    description: str
    example: str
    counter_example: str
    channels: tuple[str, ...]
    order: int


ISSUE_CATEGORIES: tuple[IssueCategory, ...] = (
    IssueCategory(
        "Silent treatment", "vendor", "Conversation", "major", "The agent says nothing for so long that the caller wonders whether anyone is there.",
        "Eight seconds of silence, then the caller asks: Hello? Are you still there?", "The agent says that it is looking something up and comes back.", ("voice",), 1,
    ),
    IssueCategory(
        "Speech transcription (STT)", "vendor", "Speech", "minor", "The words in the transcript are not the words that were said, and it matters for what follows.",
        "The caller says March ninth, the agent reads back March fifth.", "A misspelled name that changes nothing.", ("voice",), 2,
    ),
    IssueCategory(
        "Wrong answer", "ours", "Answer", "major", "The agent states something that is not true or does not match the tool result, also if nobody notices.",
        "The slot was booked for 3:15 PM, the agent confirms 4:00 PM.", "The agent offers a slot the caller does not like.", (), 3,
    ),
    IssueCategory(
        "Missed request", "ours", "Answer", "major", "Something the person asked for got no answer.",
        "The caller asks about parking, the agent says goodbye.", "The agent answers the second question after finishing the first.", (), 4,
    ),
    IssueCategory(
        "Did not understand", "ours", "Conversation", "minor", "The words were heard, but the agent did not see what was meant.",
        "Asked about costs, the agent lists what it can do.", "The agent asks one question to be sure.", (), 5,
    ),
    IssueCategory(
        "Repeated question", "ours", "Conversation", "minor", "The agent asks for something it has already been told.",
        "The date of birth is asked for three times.", "The agent reads an answer back once to confirm it.", (), 6,
    ),
    IssueCategory(
        "Slow response", "ours", "Conversation", "minor", "Replies come, but the wait before them is uncomfortable.",
        "Three replies in a row take five seconds or more.", "One slow reply after the agent announced a lookup.", (), 7,
    ),
    IssueCategory(
        "Tool error", "ours", "System", "major", "A tool call failed and the person felt it.",
        "The reschedule call ends with 504 and nothing is saved.", "The first try fails, the second one works, nobody waits.", (), 8,
    ),
    IssueCategory(
        "Transfer failed", "ours", "System", "major", "The person should have reached somebody and did not.",
        "The transfer ends in a voicemail.", "The caller is connected after a short wait.", ("voice",), 9,
    ),
    IssueCategory(
        "Language switch", "ours", "Conversation", "major", "The agent answers in a language the person did not choose.",
        "The caller asks in Spanish, the agent goes on in English.", "The caller mixes both languages and the agent follows.", ("voice",), 10,
    ),
    IssueCategory(
        "Tone", "ours", "Conduct", "major", "The agent is rude, impatient or dismissive.",
        "Either you tell me or we stop here.", "A short but polite answer.", (), 11,
    ),
    IssueCategory(
        "Privacy", "ours", "Conduct", "critical", "Personal details are given to somebody who was not verified.",
        "The agent names another patient’s prescription before asking who is calling.", "The agent reads back the caller’s own data after checking it.", (), 12,
    ),
)  # fmt: skip
