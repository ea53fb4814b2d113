"""Lakeside After Hours in Spanish, with the English words people mix in."""

from sessions_app.demo.acting import act
from sessions_app.demo.asking import ask, hold, want
from sessions_app.demo.confirming import confirm
from sessions_app.demo.ending import transfer
from sessions_app.demo.facts import set_visit
from sessions_app.demo.flaws import ACT, ASK, CHANGE, CONFIRM, HEAR, IDENTIFY, SIDE
from sessions_app.demo.identity import identify
from sessions_app.demo.scenarios.scenario import Scenario
from sessions_app.demo.talk import Talk

# What it is, since when, how soon the nurse calls, a mishearing of the when, and two of them in English for the summary.
_SYMPTOMS = (
    ("fiebre", "anoche", "treinta minutos", "la noche buena", "a fever", "30 minutes"), ("mucha tos", "hace tres días", "dos horas", "hace tres vías", "a bad cough", "two hours"),
    ("dolor de oído", "esta tarde", "una hora", "esta parte", "an earache", "one hour"), ("dolor de garganta", "ayer", "dos horas", "a ver", "a sore throat", "two hours"),
    ("dolor de espalda", "el lunes", "una hora", "el número", "back pain", "one hour"),
)  # fmt: skip


def nurse(t: Talk) -> None:
    _symptom(t)
    t.about("The caller, in Spanish, has {symptom_en} and wanted to talk to a nurse.", "A message was left for the nurse, who calls back within {within_en}.")
    want(
        t,
        "Quisiera hablar con una enfermera. Tengo {symptom}.",
        "Tengo {symptom} y no sé si tengo que ir al emergency.",
        "¿Me puede llamar la nurse? Es que tengo {symptom}.",
    )
    identify(t)
    ask(
        t,
        ("¿Desde cuándo tiene {symptom}?", "¿Cuándo le empezó?"),
        ("Desde {since}.", "Pues desde {since}."),
        again="Desde {since}.",
        misheard="Desde {since_heard}",
    )
    ask(t, ("¿Tiene dificultad para respirar o dolor en el pecho?",), ("No, nada de eso.", "No, gracias a Dios no."), again="No, nada de eso.")
    ask(t, ("¿La enfermera le puede llamar al número que termina en {phone_end_said}?",), ("Sí, a ese.", "Sí, es mi celular."), again="Sí, a ese número.")
    request = {"to": "on_call_nurse", "phone": t.facts["phone"], "symptom": t.facts["symptom"], "language": "es"}
    act(t, "create_message", request, {"message_id": t.facts["message"], "callback_within": t.facts["within_en"]}, task="dejar el mensaje")
    confirm(
        t, ("La enfermera ya tiene su mensaje y le llama en menos de {within}. Si empeora, marque al 911.",),
        ("Su mensaje quedó guardado. La enfermera le llama el {new_weekday}.", "La enfermera ya tiene su mensaje sobre {other_symptom} y le llama en menos de {within}."),
        ("No, espere. Es por {symptom}, y necesito que me llamen hoy.", "Así no es. Tengo {symptom} y quiero que me llamen hoy."),
    )  # fmt: skip


def cancel_visit(t: Talk) -> None:
    _symptom(t)
    t.about("The caller, in Spanish, wanted to cancel a visit.", "The visit was canceled.")
    want(
        t,
        "Necesito cancelar mi cita del {weekday}.",
        "No voy a poder ir el {weekday}. Quiero cancelar el appointment.",
        "¿Puedo cancelar una cita a esta hora?",
    )
    identify(t)
    ask(t, ("Veo una cita con {doctor} el {day} a {said}. ¿Es la que quiere cancelar?",), ("Sí, esa.", "Sí, por favor."), again="Sí, la del {weekday}.")
    act(t, "cancel_appointment", {"appointment_id": t.facts["visit_id"]}, {"status": "canceled"}, task="cancelar la cita")
    confirm(
        t, ("Listo, su cita del {day} queda cancelada.", "Ya está cancelada la cita del {day} con {doctor}."), ("Listo, su cita del {new_day} queda cancelada.",), ("No, esa no. La del {day}.", "Espere, la que no puedo es la del {day}."),
    )  # fmt: skip


def move_visit(t: Talk) -> None:
    _symptom(t)
    t.about("The caller, in Spanish, wanted to move a visit.", "The visit was moved to another day.")
    want(t, "Quiero cambiar mi cita del {weekday} para otro día.", "Me salió un turno en el trabajo y tengo que mover el appointment del {weekday}.")
    identify(t)
    ask(
        t,
        ("Veo su cita con {doctor} el {day} a {said}. ¿Qué día le conviene?",),
        ("¿Se puede el {new_day}, por la {parte}?", "El {new_day}, si hay por la {parte}."),
        again="El {new_day}, por la {parte}.",
    )
    slots = sorted((t.facts["new_iso"][-5:], t.facts["alt_iso"][-5:]))
    act(t, "search_slots", {"from": t.facts["new_date"]}, {"date": t.facts["new_date"], "slots": slots})
    first, second = sorted(("new", "alt"), key=lambda prefix: t.facts[f"{prefix}_iso"])
    t.facts |= {"slot_a": t.facts[f"{first}_said"], "slot_b": t.facts[f"{second}_said"]}
    ask(
        t,
        ("El {new_day} tengo a {slot_a} o a {slot_b}. ¿Cuál prefiere?",),
        ("A {new_said}.", "{new_Said} está bien.", "Mejor a {new_said}."),
        again="A {new_said}.",
    )
    request = {"appointment_id": t.facts["visit_id"], "start": t.facts["new_iso"]}
    act(t, "reschedule_appointment", request, {"status": "confirmed", "start": t.facts["new_iso"]}, task="cambiar la cita")
    confirm(
        t, ("Listo, su cita queda para el {new_day} a {new_said} con {doctor}.",), ("Listo, su cita queda para el {new_day} a {alt_said} con {doctor}.",),
        ("No, le dije a {new_said}.", "¿A {alt_said}? No, a {new_said}."), worse=("Claro. Entonces deja su cita el {day} a {said}.",),
    )  # fmt: skip


def opening(t: Talk) -> None:
    _symptom(t)
    t.about("The caller, in Spanish, asked which clinic is open.", "The agent named the urgent care on {street}.")
    want(t, "¿Hay alguna clínica abierta ahorita?", "¿Dónde queda el urgent care más cercano?", "Necesito que alguien me revise hoy. ¿Qué está abierto?")
    ask(t, ("¿En qué parte de la ciudad está, norte o sur?",), ("En el {side}.", "Del lado {side}."), again="En el {side}.", misheard="En el surco norte")
    hold(t)
    act(t, "find_urgent_care", {"area": t.facts["side"]}, {"name": "Lakeside Urgent Care", "street": t.facts["street"], "open_until": t.facts["until_clock"]})
    confirm(
        t, ("Lakeside Urgent Care, en {street}, está abierto hasta {until}. No necesita cita.",), ("Lakeside Urgent Care, en {street}, está abierto hasta {wrong_until}. No necesita cita.",),
        ("El letrero dice que hasta {until}.", "¿Seguro? Mi vecina me dijo que hasta {until}."),
    )  # fmt: skip


def refill(t: Talk) -> None:
    _symptom(t)
    t.about("The caller, in Spanish, ran out of {medicine_en}.", "A message was left for the doctor on call.")
    want(t, "Se me acabó la {medicine} y la oficina está cerrada.", "Necesito un refill de {medicine}. Ya no me queda.")
    identify(t)
    ask(t, ("¿Cuándo tomó la última?",), ("Esta mañana.", "Ayer por la noche."), again="La última que tenía, ya se lo dije.")
    ask(
        t,
        ("¿A qué farmacia la mandamos?",),
        ("A Harbor Pharmacy, en {street}.", "La de {street}, Harbor Pharmacy."),
        again="Harbor Pharmacy, en {street}.",
        misheard="La barra de farmacia",
    )
    request = {"to": "on_call_doctor", "phone": t.facts["phone"], "medicine": t.facts["medicine_en"], "language": "es"}
    act(t, "create_message", request, {"message_id": t.facts["message"], "answer_by": "10:00"}, task="dejar el mensaje")
    confirm(
        t, ("El médico de guardia ya tiene su mensaje sobre la {medicine}. Le responde antes de las diez de la mañana.",), ("Su {medicine} ya está en la farmacia. Puede pasar por ella.",),
        ("¿Cómo que ya está? Si el doctor no la ha autorizado.", "No, espere. El médico todavía no la ha visto."),
    )  # fmt: skip


def results(t: Talk) -> None:
    _symptom(t)
    t.about("The caller, in Spanish, asked about lab results.", "The results are in, and {doctor_en} will call on {new_weekday_en}.")
    want(t, "Quería saber si ya están mis resultados del laboratorio.", "Me hicieron unos análisis y nadie me ha llamado.")
    identify(t)
    ask(
        t,
        ("¿En qué fecha le hicieron los análisis?",),
        ("La semana pasada, el {past_weekday}.", "El {past_weekday} pasado."),
        again="El {past_weekday} pasado.",
        misheard="El viernes de ceniza",
    )
    act(
        t,
        "lab_status",
        {"ordered_by": t.facts["doctor_en"].removeprefix("Dr. ").lower()},
        {"status": "complete", "released": False, "callback": t.facts["new_date"]},
    )
    confirm(
        t, ("Sus resultados ya llegaron y {doctor} le llama el {new_day} para explicárselos.",), ("Sus resultados ya llegaron y {doctor} le llama el {weekday} para explicárselos.",),
        ("En la app dice que me llama el {new_weekday}.", "No, el mensaje que me llegó dice {new_day}."),
    )  # fmt: skip


def on_call(t: Talk) -> None:
    _symptom(t)
    t.about("The caller, in Spanish, was worried about {symptom_en} and needed someone right away.", "The caller was connected to the on-call nurse.")
    want(t, "Es urgente, necesito hablar con alguien. Tengo {symptom} y va peor.", "Por favor, páseme con alguien. Tengo {symptom} desde {since}.")
    identify(t)
    ask(t, ("¿Tiene dificultad para respirar en este momento?",), ("No, pero tengo mucho miedo.", "No, eso no."), again="No, eso no.")
    act(t, "on_call_schedule", {"role": "nurse", "language": "es"}, {"on_call": True, "line": "nurse"})
    t.done = True
    transfer(t)


def _symptom(t: Talk) -> None:
    set_visit(t)
    luck = t.story
    (symptom, since, within, heard, english, within_en), (other, *_) = luck.sample(_SYMPTOMS, 2)
    until, wrong_until, until_clock = luck.choice(
        (("las once de la noche", "las seis de la tarde", "23:00"), ("la medianoche", "las nueve", "00:00"), ("las diez de la noche", "las ocho", "22:00"))
    )
    medicine, medicine_en = luck.choice((("metformina", "metformin"), ("losartana", "losartan"), ("insulina", "insulin")))
    days = {"lunes": "Monday", "martes": "Tuesday", "miércoles": "Wednesday", "jueves": "Thursday", "viernes": "Friday"}
    t.facts |= {
        "symptom": symptom, "since_heard": heard, "other_symptom": other, "since": since, "within": within,
        "symptom_en": english, "within_en": within_en, "message": f"m_{luck.randrange(10000, 99999)}", "side": luck.choice(("norte", "sur")),
        "street": luck.choice(("Mill Road", "Elm Avenue", "Harbor Street")), "until": until, "wrong_until": wrong_until, "until_clock": until_clock,
        "medicine": medicine, "medicine_en": medicine_en, "past_weekday": luck.choice(("martes", "miércoles", "jueves")), "new_weekday_en": days[t.facts["new_weekday"]],
    }  # fmt: skip


_FULL = (ASK, HEAR, IDENTIFY, ACT, CHANGE, CONFIRM, SIDE)
_READ = (ASK, HEAR, ACT, CONFIRM, SIDE)
SCENARIOS = (
    Scenario("enfermera", "lakeside", ("night",), nurse, _FULL, 1.0, "es"),
    Scenario("cancelar_cita", "lakeside", ("night",), cancel_visit, _FULL, 0.7, "es"),
    Scenario("cambiar_cita", "lakeside", ("night",), move_visit, _FULL, 0.9, "es"),
    Scenario("clinica_abierta", "lakeside", ("night",), opening, _READ, 0.5, "es"),
    Scenario("receta", "lakeside", ("night",), refill, _FULL, 0.6, "es"),
    Scenario("resultados", "lakeside", ("night",), results, (*_READ, IDENTIFY), 0.5, "es"),
    Scenario("guardia", "lakeside", ("night",), on_call, (ASK, HEAR, IDENTIFY, ACT), 0.4, "es", ends="transfer"),
)
