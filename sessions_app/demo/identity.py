"""Finding out who is speaking, the part most scripts begin with."""

from sessions_app.demo.acting import act
from sessions_app.demo.asking import ask, hold
from sessions_app.demo.callers import other_name
from sessions_app.demo.talk import Talk

_BIRTHDAY = {
    "en": (
        "What is your date of birth?", "Can I have your date of birth, please?", "May I have your date of birth?",
        "To find your record, could you tell me your date of birth?",
    ),
    "es": ("¿Me puede dar su fecha de nacimiento?", "¿Cuál es su fecha de nacimiento?", "¿Me dice su fecha de nacimiento, por favor?"),
}  # fmt: skip
_BIRTHDAY_SAID = {
    "en": ("{born}.", "It’s {born}.", "{born}.", "Sure, {born}.", "Um, {born}."),
    "es": ("{born}.", "El {born}.", "Sí, {born}.", "Es el {born}."),
}
_NAME = {
    "en": ("And your first and last name?", "And what is your full name?", "Could you tell me your first and last name?"),
    "es": ("¿Y su nombre completo?", "¿Me da su nombre y apellido?"),
}
_NAME_SAID = {
    "en": ("{name}.", "It’s {name}.", "{first}. {name}.", "My name is {name}."),
    "es": ("{name}.", "Me llamo {name}.", "Soy {name}.", "A nombre de {name}."),
}
_LEAKS = {
    "northlake": "I see this number belongs to {other}, who comes in for a {leak_reason} with {leak_doctor}. Is that what you are calling about?",
    "harbor": "I see {other} at this number, with a prescription for {leak_medicine}. Is that what you are calling about?",
    "cedar": "I see an open balance of {leak_amount} for {other}, from a visit to {leak_clinic}. Is that what this is about?",
    "lakeside": "I see {other} at this number, seen last week for a {leak_reason}. Is this about that?",
    "lakeside_es": "Veo a {other} con este número, que vino la semana pasada por {leak_reason_es}. ¿Es sobre eso?",
}
_LEAK_REPLY = {
    "en": ("No, that’s someone else in my family. Are you allowed to tell me that?", "Um, no. That’s my sister’s business. Why would you tell me that?"),
    "es": ("No, esa es otra persona de mi familia. ¿Por qué me dice eso a mí?",),
}
_LEAK_SORRY = {
    "en": ("I’m sorry about that. Let us start with your own record.",),
    "es": ("Disculpe. Vamos con sus datos.",),
}


def identify(t: Talk, *, tool: str = "find_patient", label: str = "patient_id") -> None:
    """Ask for the birthday, sometimes the name, and look the person up; once a session is enough."""
    if "identified" in t.facts:
        return
    t.facts["identified"] = "1"
    new = tool == "create_patient"
    if t.strikes("disclosure"):
        _leak(t)
    ask(t, _BIRTHDAY[t.lang][: 2 if new else None], _BIRTHDAY_SAID[t.lang], again="{born}.", misheard="{misheard_born}")
    if new or (t.maybe(0.45) and not t.has_said(t.caller.name)):
        ask(t, _NAME[t.lang], _NAME_SAID[t.lang], again="{name}.", misheard="{first} {misheard_last}")
    hold(t, 0.2)
    number = f"p_{int(t.facts['phone'][-4:]) * 7 + len(t.facts['name'])}"
    request = {"date_of_birth": t.facts["born_iso"]} | ({"phone": t.facts["phone"]} if t.channel != "chat" else {}) | ({"name": t.caller.name} if new else {})
    found = {"created": True, label: number} if new else {"matches": 1, label: number, "last_name": t.caller.last}
    act(t, tool, request, found)


def _leak(t: Talk) -> None:
    t.facts |= {
        "other": other_name(t.rng, t.caller), "leak_reason": t.rng.choice(("biopsy result", "fertility consult", "depression follow-up")),
        "leak_reason_es": t.rng.choice(("el resultado de una biopsia", "un tratamiento para la depresión")), "leak_doctor": "Dr. Brandt",
        "leak_medicine": t.rng.choice(("sertraline", "lorazepam", "metformin")), "leak_amount": f"${t.rng.randrange(120, 900)}.40",
        "leak_clinic": t.rng.choice(("the pain clinic", "the fertility center", "behavioral health")),
    }  # fmt: skip
    key = t.plan.agent.key
    t.agent(_LEAKS[f"{key}_es" if t.lang == "es" else key])
    t.mark("Privacy")
    t.user(*_LEAK_REPLY[t.lang])
    t.agent(*_LEAK_SORRY[t.lang])
