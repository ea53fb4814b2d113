"""What can go wrong in a conversation, how bad it is, and what a reviewer would write."""

from dataclasses import dataclass

from sessions_app.demo.records import BAD, GOOD, OK

ASK, IDENTIFY, ACT, CHANGE, CONFIRM, SIDE, HEAR, SPANISH = (
    "ask", "identify", "act", "change", "confirm", "side", "hear", "spanish",
)  # fmt: skip


@dataclass(frozen=True)
class Flaw:
    """One way to fail. `needs` names the moment of a script where it can strike, `ends` how the
    session may end because of it (empty: it goes on), `missed` how often the auto-rating fails to see it."""

    name: str
    code: str
    issues: tuple[str, ...]
    weight: float
    needs: str
    trouble: str
    comments: tuple[str, ...]
    ends: tuple[str, ...] = ()
    missed: float = 0.28
    strikes: tuple[str, ...] = ()
    spoken: bool = False

    @property
    def steps(self) -> tuple[str, ...]:
        return self.strikes or (self.name,)


FLAWS: tuple[Flaw, ...] = (
    Flaw("tool_recovered", GOOD, (), 1, ACT, "A lookup failed once and worked on the second try.",
         ("Tool failed once, agent retried and finished. No harm to the caller.", "One timeout, recovered cleanly.")),
    Flaw("repeat_once", OK, ("Repeated question",), 1.4, ASK, "The agent asked for the same thing twice.",
         ("Asked for something the caller had just said, then moved on.", "One repeated question, otherwise fine.")),
    Flaw("slow", OK, ("Slow response",), 1.4, ASK, "Some replies were slow.",
         ("Several long waits before the agent answered.", "Got there, but the replies were slow.")),
    Flaw("stt_once", OK, ("Speech transcription (STT)",), 1.2, HEAR, "The agent misheard the caller once.",
         ("Misheard the caller once and corrected it.", "STT slip, fixed after the caller repeated it."), spoken=True),
    Flaw("silence_once", OK, ("Silent treatment",), 1.2, ACT, "There was a long silence before the agent came back.",
         ("Long silence, the caller had to ask if anyone was there.", "Dead air in the middle, then it recovered."), spoken=True),
    Flaw("wrong_fixed", OK, ("Wrong answer",), 1.2, CONFIRM, "The agent gave a wrong detail first and corrected it.",
         ("Wrong detail at first, fixed when the caller objected.", "Caller had to correct the agent once.")),
    Flaw("tool_workaround", OK, ("Tool error",), 1.1, CHANGE, "The system did not respond, so the agent left a message for staff.",
         ("System was down, agent said so and left a message for staff.", "Could not finish, but offered a fair way out.")),
    Flaw("missed_once", OK, ("Missed request",), 1.2, SIDE, "A second question was answered only when asked again.",
         ("Skipped the second question until the caller asked again.", "Second request nearly lost.")),
    Flaw("confused_once", OK, ("Did not understand",), 1.0, ASK, "The agent did not understand one question at first.",
         ("Did not follow a simple question the first time.", "One odd reply, then back on track.")),
    Flaw("curt", OK, ("Tone",), 0.35, ASK, "The agent sounded impatient once.",
         ("A bit short with the caller.", "Impatient wording, the task itself was done.")),
    Flaw("transfer_message", OK, ("Transfer failed",), 0.5, ASK, "The transfer reached a voicemail and the agent took a message.",
         ("Nobody picked up the transfer, but the agent took a message.", "Transfer went to voicemail, handled well."),
         ends=("voicemail",), spoken=True),
    Flaw("language_once", OK, ("Language switch",), 6.0, SPANISH, "The agent answered in English once before going on in Spanish.",
         ("Answered in English once to a Spanish-speaking caller.", "Needed to be asked to go on in Spanish."), spoken=True),
    Flaw("repeats", BAD, ("Repeated question",), 1.0, ASK, "The agent kept asking for the same information.",
         ("Asked the same thing three times.", "Stuck on one question; the caller gave up."), ends=("caller", "transfer"), missed=0.16),
    Flaw("wrong_kept", BAD, ("Wrong answer",), 1.0, CONFIRM, "The agent repeated a wrong detail after being corrected.",
         ("Wrong detail confirmed, and again after the caller corrected it.", "Insisted on something the caller never said."),
         ends=("caller", "transfer"), missed=0.20),
    Flaw("wrong_unnoticed", BAD, ("Wrong answer",), 1.1, CONFIRM, "The agent stated a detail that does not match the tool result.",
         ("What the agent said does not match the tool result, and the caller did not notice.",
          "Confirmed the wrong detail. Compare the tool result."), missed=0.48),
    Flaw("repeats_wrong", BAD, ("Repeated question", "Wrong answer"), 0.4, CONFIRM,
         "The agent repeated a question and then stated a wrong detail twice.",
         ("Repeated a question, then confirmed the wrong thing.", "Did not listen: asked twice and still got it wrong."),
         ends=("caller", "transfer"), missed=0.09, strikes=("repeat_once", "wrong_kept")),
    Flaw("silence_drop", BAD, ("Silent treatment",), 1.0, ACT, "The agent went silent and the caller hung up.",
         ("Agent went silent, caller asked twice if anyone was there and hung up.", "Dead air until the caller left."),
         ends=("caller",), missed=0.30, spoken=True),
    Flaw("timeout_silence", BAD, ("Tool error", "Silent treatment"), 0.8, ACT, "A tool timed out and the agent went silent.",
         ("Tool timed out and the agent said nothing. Caller gave up.", "504, then silence."), ends=("caller",), missed=0.09, spoken=True),
    Flaw("tool_dead_end", BAD, ("Tool error",), 0.7, CHANGE, "The system kept failing and the request was not completed.",
         ("Errors on every try, and no way out offered.", "Tool down; the caller was told to call again."), ends=("agent", "caller"), missed=0.08),
    Flaw("false_success", BAD, ("Tool error", "Wrong answer"), 0.7, CHANGE, "A tool call failed but the agent said it was done.",
         ("The call to the system failed, yet the agent said it was done.", "Claims success after an error. Nothing was saved."), missed=0.43),
    Flaw("stt_stuck", BAD, ("Speech transcription (STT)", "Did not understand"), 0.8, HEAR, "The agent kept mishearing the caller.",
         ("Could not understand a clear answer, three tries.", "STT kept getting it wrong and the agent never offered another way."),
         ends=("caller", "transfer"), missed=0.16, spoken=True),
    Flaw("transfer_voicemail", BAD, ("Transfer failed",), 0.7, ASK, "The caller asked for a person and the transfer went to a voicemail.",
         ("Asked for a person, landed in a voicemail.", "Transfer failed and nobody took a message."), ends=("voicemail",), missed=0.17, spoken=True),
    Flaw("missed", BAD, ("Missed request",), 0.9, SIDE, "A second question was never answered.",
         ("The second question was ignored twice.", "Only half of what was asked got an answer."), ends=("caller",), missed=0.35),
    Flaw("confused_loop", BAD, ("Did not understand",), 0.8, ASK, "The agent answered with the same unrelated reply several times.",
         ("Same unrelated reply three times.", "Never understood what was being asked."), ends=("caller", "transfer"), missed=0.17),
    Flaw("rude", BAD, ("Tone",), 0.35, ASK, "The agent was dismissive.",
         ("Dismissive and impatient. Not how we speak to people.", "Rude reply, the conversation ended there."), ends=("caller",), missed=0.23),
    Flaw("disclosure", BAD, ("Privacy",), 0.9, IDENTIFY, "The agent shared another person’s details before checking who was asking.",
         ("Shared another person’s details before verifying anyone.", "Privacy: read out someone else’s record."), missed=0.27),
    Flaw("english_only", BAD, ("Language switch",), 5.0, SPANISH, "The agent kept answering in English to a Spanish-speaking caller.",
         ("Kept answering in English although the caller asked for Spanish.", "Spanish caller, English agent."), ends=("caller",), missed=0.23, spoken=True),
)  # fmt: skip

# What prompt version 42 of the scheduling agent does wrong more often than anything else.
VERSION_42 = {"repeats": 5.0, "repeats_wrong": 9.0, "wrong_kept": 5.0, "wrong_unnoticed": 4.0}
