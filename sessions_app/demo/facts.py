"""The facts a dialogue is filled with: who is speaking, the time of day, and an invented calendar."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sessions_app.demo.dates import clock, ordinal, said_birthday, said_time, spelled, weekday, workday, written_birthday, written_day, written_time
from sessions_app.demo.talk import Talk

DOCTORS = (
    "Dr. Okafor", "Dr. Lindqvist", "Dr. Haddad", "Dr. Castellano", "Dr. Brandt", "Dr. Nakamura", "Dr. Osei", "Dr. Petrov", "Dr. Sandoval",
    "Dr. Whitaker", "Dr. Kaur", "Dr. Moreau",
)  # fmt: skip
_DESKS_ES = {"lakeside": "la enfermera de guardia"}
_MENUS = {
    "northlake": "booking, moving or canceling a visit", "harbor": "refills, pickup times and deliveries",
    "cedar": "invoices, payments and payment plans", "concierge": "visiting hours, directions and finding a department",
    "lakeside": "messages for the nurse, appointments and opening hours",
}  # fmt: skip
_MENU_ES = "mensajes para la enfermera, citas y horarios"
_QUARTERS = tuple(range(8 * 60, 17 * 60, 15))


def local_time(t: Talk) -> datetime:
    return t.plan.at.astimezone(ZoneInfo(t.plan.agent.timezone))


def story_day(t: Talk) -> date:
    """The local day on which this story began; a call back keeps the dates of the first call."""
    return t.plan.story_at.astimezone(ZoneInfo(t.plan.agent.timezone)).date()


def set_people(t: Talk) -> None:
    """Who is speaking to whom."""
    caller, agent, spanish = t.caller, t.plan.agent, t.lang == "es"
    spoken = t.channel == "voice"
    wrong = _other_birthday(t, caller.born)
    hour = local_time(t).hour
    t.facts |= {
        "first": caller.first, "last": caller.last, "name": caller.name, "misheard_last": caller.misheard_last,
        "born": said_birthday(caller.born, t.lang) if spoken else written_birthday(caller.born),
        "misheard_born": said_birthday(wrong, t.lang) if spoken else written_birthday(wrong),
        "born_iso": caller.born.isoformat(), "phone": caller.phone, "phone_end": caller.phone[-4:],
        "phone_end_said": spelled(caller.phone[-4:], t.lang), "place": agent.place,
        "desk": _DESKS_ES.get(agent.key, agent.desk) if spanish else agent.desk, "menu": _MENU_ES if spanish else _MENUS[agent.key],
        "again": "Dije que necesito ayuda con algo." if spanish else "I said I need help with something.",
        "shop": t.rng.choice(("pizza place on Main", "auto shop", "flower shop", "vet")),
        "task": "completar eso" if spanish else "finish that",
        "daypart": "morning" if 5 <= hour < 12 else "afternoon" if 12 <= hour < 17 else "evening",
        "wish": "day" if 5 <= hour < 16 else "evening" if 16 <= hour < 21 else "night",
        "es_hi": "buenos días" if 5 <= hour < 12 else "buenas tardes" if 12 <= hour < 19 else "buenas noches",
        "es_bye": "Que tenga buen día" if 5 <= hour < 12 else "Que pase buena tarde" if 12 <= hour < 19 else "Que pase buena noche",
    }  # fmt: skip


def set_visit(t: Talk) -> None:
    """A booked visit, and a better day with two free times."""
    luck = t.story
    first = workday(story_day(t), 3 + luck.randrange(9))
    second = workday(first, 2 + luck.randrange(7))
    afternoon = luck.random() < 0.5
    free = [quarter for quarter in _QUARTERS if (quarter >= 13 * 60) == afternoon and quarter < 16 * 60 + 45]
    place = luck.randrange(len(free) - 4)
    new, other = free[place], free[place + 2 + luck.randrange(2)]
    if luck.random() < 0.5:
        new, other = other, new
    t.facts["doctor_en"] = t.facts["doctor"] = luck.choice(DOCTORS)
    if t.lang == "es":
        t.facts["doctor"] = t.facts["doctor_en"].replace("Dr.", "el doctor")
    t.facts["part"] = "afternoon" if afternoon else "morning"
    t.facts["parte"] = "tarde" if afternoon else "mañana"
    t.facts["visit_id"] = f"a_{luck.randrange(60000, 99999)}"
    t.facts["reason"] = luck.choice(("annual physical", "follow-up", "blood pressure check", "hearing test", "skin check", "medication review"))
    t.facts["a_reason"] = f"{'an' if t.facts['reason'][0] == 'a' else 'a'} {t.facts['reason']}"
    t.facts["insurance"] = luck.choice(("Blue Harbor", "Unity Care", "Great Plains Health", "Meridian Choice"))
    put_moment(t, "", first, luck.choice(_QUARTERS[:30]))
    put_moment(t, "new_", second, new)
    put_moment(t, "alt_", second, other)


def put_moment(t: Talk, prefix: str, day: date, minutes: int) -> None:
    """One date and time in every form a script may need: {new_day}, {new_time}, {new_said} ..."""
    t.facts |= {
        f"{prefix}day": written_day(day, t.lang), f"{prefix}weekday": weekday(day, t.lang), f"{prefix}time": written_time(minutes, t.lang),
        f"{prefix}said": said_time(minutes, t.lang), f"{prefix}day_said": f"{weekday(day)} the {ordinal(day.day)}",
        f"{prefix}iso": f"{day.isoformat()}T{clock(minutes)}", f"{prefix}date": day.isoformat(),
        f"{prefix}Said": said_time(minutes, t.lang)[:1].upper() + said_time(minutes, t.lang)[1:],
    }  # fmt: skip


def put_day(t: Talk, prefix: str, day: date) -> None:
    put_moment(t, prefix, day, 12 * 60)


def _other_birthday(t: Talk, born: date) -> date:
    choice = t.rng.randrange(3)
    if choice == 0:
        return born.replace(day=born.day % 28 + 1)
    if choice == 1:
        return born.replace(day=1, month=born.month % 12 + 1)
    return (born + timedelta(days=365 * 10 + 3)).replace(month=born.month, day=born.day)
