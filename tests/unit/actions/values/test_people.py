import pytest

from actions.values import Read, Unclear, read_nombre, read_tamaño_grupo

NAMES = {
    "Ana": (
        "me llamo Ana | hola soy Ana | soy Ana y quiero agendar | Ana | ana | ANA | perdón, me llamo Ana | ponle Ana"
    ),
    "Ana María": (
        "me llamo Ana María | Ana María | ana maría | mi nombre es Ana María | mi nombre es ana maría, gracias"
    ),
    "Ana Ruiz": "ahora soy Ana Ruiz | Ana Ruiz | ana ruiz | a nombre de Ana Ruiz | cámbialo a Ana Ruiz "
    "| ahora me llamo Ana Ruiz"
    " | nombre: Ana Ruiz | cambia mi nombre a Ana Ruiz | Ana Ruiz por favor | sí, soy Ana Ruiz "
    "| Sra. Ana Ruiz | habla Ana Ruiz",
    "Carlos Hdz": "actualiza mi nombre a carlos hdz | actualizar mi nombre por carlos hdz | mi nombre: carlos hdz "
    "| a carlos hdz | corrige mi nombre, es carlos hdz | mi nombre completo carlos hdz | nombre carlos hdz "
    "| cambia mi nombre de Ana a carlos hdz "
    "| actualiza mi nombre a carlos hdz y mi cel a 5512345678 | me llamo carlos hdz mi telefono es 5512345678 "
    "| cambia mi nombre por carlos hdz y el celular a 5512345678",
    "Ana María López de la Cruz": "ANA MARÍA LÓPEZ DE LA CRUZ | ana maría lópez de la cruz",
    "O'Connor": "O'Connor | o'connor | O’Connor",
    "Jean-Pierre Núñez": "Jean-Pierre Núñez | jean-pierre núñez",
    "Leo Messi": "Leo Messi",
    "Julio": "Julio | me llamo julio",
    "Juan McArthur": "Juan McArthur",
}
NOT_NAMES = {
    "nombre_invalido": "me llamo 123 | soy de México | soy leo | mi nombre es ana@gmail.com | soy nueva",
    "sin_valor": "actualiza mi nombre | quiero cambiar mi nombre porfavor | quiero cambiar mi nombre de usuario | "
    "sí | no | hola | 12345 | ana@gmail.com | quiero una cita | el martes | mañana | 👍 | x | aaaaaa "
    "| tarot | ok | cancelar"
    " | carta natal | cuánto cuesta | C-1042 | no sé | xq no | " + "ana " * 30,
}
SIZES = {
    1: "yo solo | yo sola | solo yo | una persona | para mí | 1 | nomás yo | individual | uno | solito "
    "| para una persona | voy sola | solo para mí",
    2: "para dos | somos 2 | mi pareja y yo | 2 | dos personas | voy con mi novia | vamos mi esposo y yo "
    "| los dos | dos | yo y mi hermana"
    " | en pareja | ambos | con mi novio | mi mamá y yo | para 2 porfa | una amiga y yo | nosotros dos | 1 amigo y yo",
    3: "somos 3 | tres | 3 personas | para tres personas | yo y 2 amigas | 2 amigos y yo | somos 2 no, 3 "
    "| mi mamá, mi hermana y yo | seremos 3"
    " | vamos 3 | somos tres amigas | un grupo de 3 | somos 2, perdón, somos 3",
    10: "un grupo de 10 | somos diez | 10 personas | somos como 10",
}
NOT_SIZES = {
    "grupo_invalido": "0 | 500 | somos 0 | somos 1000",
    "grupo_multiple": "somos 2 o 3 personas | somos 3 o somos 4",
    "sin_valor": "hola | para el 3 de diciembre | para 3 de diciembre | a las 3 | el 3 | para 60 minutos "
    "| carta natal | C-1042 | mis hijos y yo"
    " | 50 dólares | para las 5",
}


def _rows(table: dict) -> list[tuple]:
    return [(phrase, expected) for expected, phrases in table.items() for phrase in phrases.split(" | ")]


@pytest.mark.parametrize(("phrase", "name"), _rows(NAMES))
def test_reads_a_name(phrase: str, name: str) -> None:
    assert read_nombre(phrase) == Read(name)


@pytest.mark.parametrize(("phrase", "reason"), _rows(NOT_NAMES))
def test_refuses_what_is_no_name(phrase: str, reason: str) -> None:
    assert read_nombre(phrase) == Unclear(reason)


def test_needs_an_introduction_when_something_else_was_asked() -> None:
    assert read_nombre("Ana Ruiz", bare=False) == Unclear("sin_valor")
    assert read_nombre("me llamo Ana Ruiz", bare=False) == Read("Ana Ruiz")


@pytest.mark.parametrize(("phrase", "size"), _rows(SIZES))
def test_counts_the_group_with_the_writer_in_it(phrase: str, size: int) -> None:
    assert read_tamaño_grupo(phrase) == Read(size)


@pytest.mark.parametrize(("phrase", "reason"), _rows(NOT_SIZES))
def test_refuses_what_states_no_group(phrase: str, reason: str) -> None:
    result = read_tamaño_grupo(phrase)

    assert isinstance(result, Unclear)
    assert result.reason == reason
