"""Invented people and partners of the demo. No name here belongs to a known person or organisation."""

from portal.models import Partner

SURNAMES = [
    "Абрамов",
    "Белов",
    "Васильев",
    "Виноградов",
    "Власов",
    "Волков",
    "Герасимов",
    "Горбунов",
    "Григорьев",
    "Давыдов",
    "Егоров",
    "Ершов",
    "Жуков",
    "Зайцев",
    "Захаров",
    "Ильин",
    "Калинин",
    "Карпов",
    "Киселёв",
    "Козлов",
    "Комаров",
    "Королёв",
    "Крылов",
    "Кузнецов",
    "Лазарев",
    "Макаров",
    "Марков",
    "Медведев",
    "Мельников",
    "Миронов",
    "Морозов",
    "Назаров",
    "Никитин",
    "Новиков",
    "Орлов",
    "Осипов",
    "Павлов",
    "Панов",
    "Поляков",
    "Попов",
    "Романов",
    "Рябов",
    "Савельев",
    "Семёнов",
    "Сергеев",
    "Сидоров",
    "Соболев",
    "Соколов",
    "Степанов",
    "Тарасов",
    "Тихонов",
    "Фёдоров",
    "Филиппов",
    "Фомин",
    "Фролов",
    "Чернов",
    "Широков",
]
WOMEN = [
    "Алла",
    "Анастасия",
    "Анна",
    "Валентина",
    "Вера",
    "Галина",
    "Дарья",
    "Евгения",
    "Екатерина",
    "Елена",
    "Ирина",
    "Ксения",
    "Лариса",
    "Любовь",
    "Людмила",
    "Мария",
    "Марина",
    "Надежда",
    "Наталья",
    "Нина",
    "Оксана",
    "Олеся",
    "Ольга",
    "Светлана",
    "Татьяна",
    "Юлия",
]
MEN = [
    "Алексей",
    "Андрей",
    "Владимир",
    "Денис",
    "Дмитрий",
    "Евгений",
    "Иван",
    "Константин",
    "Максим",
    "Михаил",
    "Николай",
    "Олег",
    "Павел",
    "Сергей",
]
FATHERS = [
    "Александр",
    "Алексеев",
    "Андреев",
    "Борисов",
    "Васильев",
    "Викторов",
    "Владимиров",
    "Геннадьев",
    "Григорьев",
    "Иванов",
    "Максимов",
    "Михайлов",
    "Николаев",
    "Олегов",
    "Павлов",
    "Петров",
    "Романов",
    "Сергеев",
    "Степанов",
    "Юрьев",
]


def person(rng) -> str:
    """Return an invented full name; most coordinators are women, as in life."""
    surname, father = rng.choice(SURNAMES), rng.choice(FATHERS)
    father += "" if father.endswith(("ев", "ов")) else "ов"
    if rng.random() < 0.86:
        return f"{surname}а {rng.choice(WOMEN)} {father}на"
    return f"{surname} {rng.choice(MEN)} {father}ич"


def short(name: str) -> str:
    """Return «Белова А. П.» for a full name."""
    surname, first, father = name.split()
    return f"{surname} {first[0]}. {father[0]}."


def place_of(municipality) -> str:
    """Return the municipality as it stands after a comma: «Томск», «Колпашевский район»."""
    name = municipality.name
    for prefix in ("городской округ ", "муниципальный округ ", "ЗАТО ", "город "):
        name = name.removeprefix(prefix)
    return name


CITY_ENTERPRISES = (
    "Приборостроительный завод",
    "Предприятие электронной техники",
    "Кабельное производство",
    "Кондитерская фабрика",
    "Молочный завод",
    "Предприятие тепловых сетей",
    "Городская больница № 1",
    "Центр разработки программ",
    "Строительная компания",
    "Типография",
    "Троллейбусное депо",
    "Пожарно-спасательная часть № 1",
)
TOWN_ENTERPRISES = (
    "Предприятие связи",
    "Хлебозавод",
    "Лесхоз",
    "Больница",
    "Пожарная часть",
    "Сельхозпредприятие",
    "Предприятие энергоснабжения",
    "Редакция газеты",
    "Ветеринарная станция",
    "Дорожное предприятие",
    "Рыбоперерабатывающий цех",
    "Метеостанция",
)


def partners(municipalities, capital) -> list[tuple[str, str, object]]:
    """Return ``(name, kind, municipality)`` for the directory; ``capital`` has the universities and most colleges."""
    kinds = Partner.Kind
    city = place_of(capital)
    rows = [(f"{name}, {city}", kinds.ENTERPRISE, capital) for name in CITY_ENTERPRISES]
    rows += [(f"Колледж № {number}, {city}", kinds.COLLEGE, capital) for number in range(1, 6)]
    rows += [(f"Техникум № {number}, {city}", kinds.COLLEGE, capital) for number in range(1, 4)]
    rows += [
        (f"{name} университет, {city}", kinds.UNIVERSITY, capital)
        for name in ("Технический", "Классический", "Педагогический", "Медицинский")
    ]
    rows += [
        (f"Центр занятости, {city}", kinds.OTHER, capital),
        (f"Музей науки и техники, {city}", kinds.OTHER, capital),
    ]
    number = 0
    for municipality in municipalities:
        if municipality == capital or municipality.is_run_by_operator:
            continue
        place = place_of(municipality)
        if number % 3 == 0:
            rows.append((f"Техникум, {place}", kinds.COLLEGE, municipality))
        for shift in range(2 if number % 2 else 1):
            name = TOWN_ENTERPRISES[(number * 2 + shift) % len(TOWN_ENTERPRISES)]
            rows.append((f"{name}, {place}", kinds.ENTERPRISE, municipality))
        number += 1
    return rows
