"""The first words of every line, and the small questions people add at the end."""

from sessions_app.demo.talk import Talk

_GREETINGS = {
    "northlake": (
        "Thank you for calling Northlake Clinic. This call is recorded. How can I help you today?",
        "Northlake Clinic, this is the scheduling assistant. This call is recorded. What can I do for you?",
    ),
    "harbor": (
        "Thank you for calling Harbor Pharmacy. I’m the refill assistant, and this call is recorded. How can I help?",
        "Harbor Pharmacy refill line, this call may be recorded. What can I do for you?",
    ),
    "cedar": (
        "Cedar Billing, this is the billing assistant. This call is recorded. How can I help you?",
        "Thank you for calling Cedar Billing. Calls are recorded. What is your question about?",
    ),
    "lakeside": (
        "You have reached Lakeside Family Medicine after hours. If this is an emergency, hang up and dial 911. How can I help?",
        "Lakeside Family Medicine, the office is closed right now. For an emergency, please hang up and dial 911. What can I do for you?",
    ),
    "lakeside_es": (
        "Lakeside Family Medicine, la oficina está cerrada. Si es una emergencia, cuelgue y marque al 911. ¿En qué le puedo ayudar?",
        "Gracias por llamar a Lakeside Family Medicine fuera de horario. En una emergencia, cuelgue y marque al 911. ¿En qué le ayudo?",
    ),
}  # fmt: skip
_CHAT = {
    "cedar": ("Hello, I’m the billing assistant. What can I help you with?", "Hi, this is Cedar Billing. How can I help you?"),
    "concierge": (
        "Hello, I’m the hospital’s web assistant. What are you looking for?",
        "Welcome to Fairview Hospital. I can help with visiting hours, directions and departments. What do you need?",
    ),
}


def greet(t: Talk) -> None:
    """On a text line the person writes first; everywhere else the agent does."""
    key = t.plan.agent.key
    if t.channel == "sms":
        return
    if t.channel == "chat":
        t.agent(*_CHAT[key])
    elif key == "lakeside" and t.lang == "es":
        _greet_bilingual(t)
    else:
        t.agent(*_GREETINGS[key])


def _greet_bilingual(t: Talk) -> None:
    if t.maybe(0.55):
        t.agent(*_GREETINGS["lakeside_es"])
        return
    t.agent(*_GREETINGS["lakeside"], lang="en")
    t.user("Hola, um, do you speak Spanish?", "Hi, sorry, ¿habla español?", "Hello. My English, no muy bien. ¿Español?", lang="mixed")
    t.agent("Sí, claro. ¿En qué le puedo ayudar?", "Claro que sí. Dígame, ¿en qué le ayudo?")


SIDES: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("northlake", "en"): (
        ("Is there parking at the building?", "Yes, there is free parking behind the building, and the first level is for patients."),
        ("Do I need to bring my insurance card?", "Yes, please bring your insurance card and a photo ID."),
        ("How early should I come?", "Please come ten minutes before your visit."),
        ("Is there a bus that stops near you?", "Yes, the 22 stops right in front of the clinic."),
        ("Can my daughter come in with me?", "Of course, one person can come in with you."),
    ),
    ("harbor", "en"): (
        ("What time do you close today?", "We close at 9 PM on weekdays and at 6 PM on weekends."),
        ("Do you give flu shots?", "Yes, you can walk in for a flu shot any day until one hour before closing."),
        ("Can my husband pick it up for me?", "Yes, he only needs to give your name and date of birth."),
        ("Is there a drive-through?", "Yes, the drive-through is on the north side of the building."),
    ),
    ("cedar", "en"): (
        ("Can I get a copy of that by mail?", "Yes, I asked for a paper copy. It arrives within seven business days."),
        ("Do you take health savings cards?", "Yes, health savings and flexible spending cards both work."),
        ("Is there a fee for paying by phone?", "No, there is no fee for any way of paying."),
        ("Where do I send a check?", "The address is on the back of the invoice. Please write the invoice number on the check."),
    ),
    ("concierge", "en"): (
        ("Is there wifi in the building?", "Yes, choose the network Fairview Guest. It needs no password."),
        ("Is there somewhere to eat?", "The cafeteria on the ground floor is open from 6:30 AM to 8 PM."),
        ("Do you have wheelchairs at the door?", "Yes, you can borrow one at the main entrance, day and night."),
        ("Is the gift shop open on Sunday?", "Yes, from 10 AM to 4 PM."),
    ),
    ("lakeside", "en"): (
        ("What time do you open tomorrow?", "The office opens at 8 AM on weekdays. On weekends only this line is staffed."),
        ("Can I send you a photo?", "Please use the patient portal for photos. The nurse sees them there."),
        ("Will it cost extra to talk to the nurse?", "No, a call with the nurse costs nothing."),
    ),
    ("lakeside", "es"): (
        ("¿A qué hora abren?", "La oficina abre a las ocho de la mañana de lunes a viernes."),
        ("¿Cuesta algo hablar con la enfermera?", "No, la llamada con la enfermera no tiene costo."),
        ("¿Hay estacionamiento?", "Sí, hay estacionamiento gratis detrás del edificio."),
        ("¿Alguien me puede atender en español allá?", "Sí, en la recepción siempre hay alguien que habla español."),
    ),
}  # fmt: skip
