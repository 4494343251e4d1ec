"""The words by which Spanish names days, and the pieces of which its patterns for them are made."""

from __future__ import annotations

from actions.values import almanac

HOLIDAYS = {
    "nochebuena": (24, 12), "noche buena": (24, 12), "navidad": (25, 12), "inocentes": (28, 12),
    "nochevieja": (31, 12), "noche vieja": (31, 12), "fin de año": (31, 12), "año nuevo": (1, 1),
    "reyes(?: magos)?": (6, 1), "san valentin": (14, 2), "dia (?:del amor|de los enamorados)": (14, 2),
    "dia de (?:los )?(?:fieles )?muertos": (2, 11), "todos los santos": (1, 11),
    "halloween": (31, 10), "dia del trabajo": (1, 5),
}  # fmt: skip
ORDINALS = {
    "primer": 1, "primero": 1, "primera": 1, "1": 1, "segundo": 2, "segunda": 2, "2": 2, "tercer": 3,
    "tercero": 3, "tercera": 3, "3": 3, "cuarto": 4, "cuarta": 4, "4": 4, "quinto": 5, "quinta": 5,
    "ultimo": -1, "ultima": -1,
}  # fmt: skip
# "Ocho días" is a week and "quince días" two: both count the day itself.
IDIOMATIC_DAYS = {8: 7, 15: 14}
RELATIVE_DAYS = {
    "hoy": 0, "esta tarde": 0, "esta noche": 0, "esta mañana": 0,
    "mañana": 1, "pasado mañana": 2, "ayer": -1, "antier": -2, "anteayer": -2, "antes de ayer": -2,
}  # fmt: skip

LEFT, RIGHT = r"(?<![\w$#@/-])(?<!\d[.:,])", r"(?![\w@/]|(?<=\d)[-:.,]\d|-[a-zñ])"
DAY = r"(?:(?:lunes|martes|miercoles|jueves|viernes|sabado|domingo))"
MONTH = r"(?:" + "|".join(sorted(almanac.MONTH_NUMBERS, key=len, reverse=True)) + r")\b\.?"
NEXT = r"(?:que viene|que entra|proxim[oa]|siguiente|entrante)"
NEXT_WEEK = rf"(?:(?:la )?(?:(?:proxim[oa]|siguiente|otra) semana|semana (?:{NEXT}|que sigue)))"
WEEK_AFTER_NEXT = (
    r"(?:(?:no )?la proxima semana,? (?:sino|no,?|mejor) (?:en )?la (?:siguiente|otra|que sigue)"
    r"|(?:la )?(?:subsiguiente semana|semana subsiguiente)|la semana (?:despues|siguiente) (?:de|a) la proxima)"
)
NEXT_MONTH = rf"(?:(?:el )?(?:(?:proximo|siguiente|otro) mes|mes (?:{NEXT}|que sigue)))"
THIS_MONTH = r"(?:(?:de|en) )?(?:este (?:mismo )?mes|(?:el )?mes (?:en curso|actual))"
ORDINAL = r"(?P<nth>" + "|".join(sorted(ORDINALS, key=len, reverse=True)) + ")"
YEAR = r"(?:\s*(?:,|de|del|/)?\s*(?:año )?(?P<year>\d{4}|'?\d{2})(?!\d|[:.]\d| (?:am|pm|hrs|horas|de la)))"
# What "el primero que tengas" says after its ordinal: the soonest there is, neither the 1st nor the first of some.
TO_BE_HAD = (
    r"que (?:sea|tengas?|tengan|hayas?|puedas?|puedan|se pueda|quede|salga|encuentres?|este (?:libre|disponible))"
)
SOONEST = rf"(?:primer[oa]?|1)(?: (?:dia|fecha|hora|horario|lugar|espacio|hueco|turno))? {TO_BE_HAD}"
THIS = r"(?P<this>est[ea] |el )?(?:dia )?"
