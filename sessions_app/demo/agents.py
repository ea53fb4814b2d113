"""The five agents: their lines, hours, prompt versions and how often they go wrong."""

from dataclasses import dataclass

Hours = tuple[float, ...]


@dataclass(frozen=True)
class Rhythm:
    """How busy each local hour is, on weekdays and on the weekend, and how busy each weekday is."""

    weekday: Hours
    weekend: Hours
    days: tuple[float, ...]

    def weight(self, day: int, hour: int) -> float:
        return (self.weekend if day > 4 else self.weekday)[hour] * self.days[day]


@dataclass(frozen=True)
class Version:
    """A prompt version: since how many days it is live, and the share of BAD among its rated sessions."""

    number: int
    live: float
    bad: float


@dataclass(frozen=True, eq=False)
class Line:
    """One way in or out: a phone number, a text number or a chat window."""

    key: str
    channel: str
    share: float
    service: str
    type: str
    target: str
    rhythm: Rhythm
    outbound: bool = False
    na: float = 0.05


@dataclass(frozen=True, eq=False)
class Agent:
    key: str
    id: str
    name: str
    type: str
    timezone: str
    place: str
    desk: str
    areas: tuple[int, ...]
    prompt_id: str
    prompt_name: str
    versions: tuple[Version, ...]
    lines: tuple[Line, ...]
    ok: float = 0.17
    platform: str = "vendor"
    llm_ms: tuple[float, float] = (460.0, 1450.0)
    legacy: bool = False


def _hours(text: str) -> Hours:
    return tuple(float(part) for part in text.split())


_CLOSED = (0.0,) * 24
_OFFICE = Rhythm(
    _hours("0 0 0 0 0 0 .1 1 4 6 5.5 5 3 4 4.6 4.2 3 1.2 .3 .1 0 0 0 0"),
    _hours("0 0 0 0 0 0 0 .3 1 2 2 1.5 .6 .3 .1 0 0 0 0 0 0 0 0 0"),
    (1.25, 1.05, 1.0, 1.0, 0.85, 0.8, 0.12),
)
_REMINDERS = Rhythm(_hours("0 0 0 0 0 0 0 0 0 1 3 3 1 1 3 3 2 .5 0 0 0 0 0 0"), _CLOSED, (1, 1.1, 1.1, 1, 0.8, 0, 0))
_PHARMACY = Rhythm(
    _hours("0 0 0 0 0 0 .1 .6 3 5 5 4.5 4 3.4 3.6 4 4.6 5 3 1.5 .6 .1 0 0"),
    _hours("0 0 0 0 0 0 0 .2 2 4 4 3.6 3 2.6 2 1.6 1 .4 .1 0 0 0 0 0"),
    (1.2, 1.05, 1.0, 1.0, 1.05, 0.85, 0.4),
)
_WEB = Rhythm(
    _hours(".3 .1 .1 .1 .1 .2 .5 1.2 3 4.5 5 4.6 4 4.2 4.4 4 3.4 2.8 2.6 2.8 2.6 2 1.2 .6"),
    _hours(".4 .2 .1 .1 .1 .1 .3 .7 1.4 2.2 2.8 3 2.8 2.8 2.8 2.6 2.4 2.2 2.2 2.4 2.2 1.6 1 .6"),
    (1.1, 1.05, 1.0, 1.0, 0.95, 0.8, 0.85),
)
_NIGHT = Rhythm(
    _hours("2.2 1.6 1.2 1 1.2 1.8 3 1.6 0 0 0 0 0 0 0 0 .2 3 5 5.4 5 4.4 3.6 2.8"),
    _hours("2 1.5 1.1 .9 1 1.4 2 2.6 3 3.4 3.4 3 2.8 2.6 2.6 2.8 3 3.4 3.8 4 3.8 3.4 2.8 2.4"),
    (1.0, 0.9, 0.9, 0.95, 1.05, 1.1, 1.2),
)

NORTHLAKE = Agent(
    key="northlake", id="12", name="Northlake Scheduling", type="ca_v1", timezone="America/Chicago",
    place="Northlake Clinic", desk="the front desk", areas=(312, 773, 847, 630, 708, 224, 331, 872),
    prompt_id="31", prompt_name="northlake-scheduling",
    versions=(Version(39, 400, 0.075), Version(40, 61, 0.075), Version(41, 40, 0.075), Version(42, 18, 0.42)),
    lines=(
        Line("in", "voice", 0.29, "hedy", "voice_sip_v1", "Northlake main line", _OFFICE),
        Line("out", "voice", 0.07, "twilio", "voice_twilio_v1", "Northlake reminders", _REMINDERS, outbound=True, na=0.24),
    ),
    legacy=True,
)  # fmt: skip
HARBOR = Agent(
    key="harbor", id="15", name="Harbor Pharmacy Refills", type="ca_v1", timezone="America/New_York",
    place="Harbor Pharmacy", desk="the pharmacist", areas=(617, 508, 781, 978, 857, 339, 774, 413),
    prompt_id="36", prompt_name="harbor-refills",
    versions=(Version(16, 400, 0.07), Version(17, 50, 0.07), Version(18, 23, 0.068)),
    lines=(
        Line("in", "voice", 0.14, "twilio", "voice_twilio_v1", "Harbor refill line", _PHARMACY),
        Line("sms", "sms", 0.04, "twilio", "sms_twilio_v1", "Harbor texts", _PHARMACY, na=0.06),
        Line("sms_out", "sms", 0.03, "twilio", "sms_twilio_v1", "Harbor texts", _REMINDERS, outbound=True, na=0.08),
    ),
    llm_ms=(540.0, 1650.0),
)  # fmt: skip
CEDAR = Agent(
    key="cedar", id="19", name="Cedar Billing Help", type="ca_v1", timezone="America/Los_Angeles",
    place="Cedar Billing", desk="a billing specialist", areas=(503, 206, 971, 425, 253, 360, 541, 509),
    prompt_id="44", prompt_name="cedar-billing",
    versions=(Version(5, 400, 0.082), Version(6, 66, 0.082), Version(7, 34, 0.08)),
    lines=(
        Line("in", "voice", 0.14, "hedy", "voice_sip_v1", "Cedar billing line", _OFFICE),
        Line("chat", "chat", 0.05, "webchat", "web_chat_v1", "Cedar patient portal", _WEB, na=0.06),
    ),
    llm_ms=(520.0, 1600.0), legacy=True,
)  # fmt: skip
CONCIERGE = Agent(
    key="concierge", id="concierge", name="Web Concierge", type="web_assistant", timezone="America/New_York",
    place="Fairview Hospital", desk="the information desk", areas=(),
    prompt_id="concierge-main", prompt_name="concierge",
    versions=(Version(1, 400, 0.08), Version(2, 55, 0.08), Version(3, 20, 0.078)),
    lines=(Line("chat", "chat", 0.13, "webchat", "web_chat_v1", "Hospital site", _WEB, na=0.08),),
    platform="chat",
)  # fmt: skip
LAKESIDE = Agent(
    key="lakeside", id="23", name="Lakeside After Hours", type="ca_v1", timezone="America/Chicago",
    place="Lakeside Family Medicine", desk="the on-call nurse", areas=(210, 512, 726, 830, 737, 361, 956, 254),
    prompt_id="52", prompt_name="lakeside-after-hours",
    versions=(Version(10, 400, 0.078), Version(11, 45, 0.078), Version(12, 13, 0.076)),
    lines=(Line("night", "voice", 0.11, "twilio", "voice_twilio_v1", "Lakeside night line", _NIGHT, na=0.07),),
)  # fmt: skip

AGENTS = (NORTHLAKE, HARBOR, CEDAR, CONCIERGE, LAKESIDE)
