"""Invented schools of the demo and how many pupils they have, grade by grade."""

from dataclasses import dataclass, field
from datetime import date

from demo.words.names import person, place_of, short
from portal.grades import GRADES
from portal.models import Municipality, School

RICH_SCHOOL = "perspektiva"
"""Code of the letter's own school, whose coordinator is ``school@demo.example``."""
CAPITAL = "tomsk"
TOWNS_IN_DISTRICTS = {"kolpashevskiy": 4, "asinovskiy": 3}
"""Districts whose centre is a town, with the number of its schools; the rest are villages."""

# How many pupils a grade has: the median, the spread, the least and the most.
_CITY = (62, 0.38, 22, 140)
_TOWN = (52, 0.35, 18, 110)
_CENTRE = (42, 0.25, 22, 80)
_SUBURB = (16, 0.5, 4, 60)
_VILLAGE = (9, 0.5, 2, 26)


@dataclass
class DemoSchool:
    """A school with what the demo knows of it: pupils per academic year and how lively it is."""

    school: School
    base: float
    has_seniors: bool
    activity: float
    rolls: dict = field(default_factory=dict)
    coordinators: list = field(default_factory=list)
    late: bool = False
    without_enrolment: tuple = ()

    @property
    def municipality(self) -> Municipality:
        return self.school.municipality

    def is_open(self, campaign) -> bool:
        school, last = self.school, campaign.ends_on
        opened = school.opened_on is None or school.opened_on <= last
        return opened and (school.closed_on is None or school.closed_on > last)

    def enrolled(self, year: str) -> dict[int, int] | None:
        """The numbers on roll as the portal knows them: None where nobody gave them."""
        return None if year in self.without_enrolment else self.rolls[year]


def counted_on(campaign) -> date:
    """Return the day that the enrolment of a campaign is as of."""
    return min(date(int(campaign.academic_year[:4]), 9, 20), campaign.starts_on)


def shares(wanted: dict[str, int], total: int) -> dict[str, int]:
    """Scale ``wanted`` to ``total`` schools, at least one each, largest remainders first."""
    whole = sum(wanted.values())
    exact = {slug: number * total / whole for slug, number in wanted.items()}
    found = {slug: max(1, int(number)) for slug, number in exact.items()}
    for slug in sorted(exact, key=lambda slug: (int(exact[slug]) - exact[slug], slug)):
        if sum(found.values()) < total:
            found[slug] += 1
    while sum(found.values()) > total:
        found[max(found, key=lambda slug: (found[slug], slug))] -= 1
    return found


def invent_schools(rng, municipality, number: int, taken: int) -> list[School]:
    """Return ``number`` schools of a municipality less the ``taken`` real ones, numbered from 1."""
    rows = []
    for index in range(1, number - taken + 1):
        place = place_of(municipality)
        if municipality.is_run_by_operator:
            place, form = ("областная", "ОГБОУ") if index <= (number + 1) // 2 else ("частная", "ЧОУ")
            official = f"{form} «Школа № {index}»"
        else:
            form = rng.choice(("МБОУ", "МБОУ", "МАОУ")) if municipality.kind == "urban" else "МБОУ"
            official = f"{form} «Школа № {index}», {place}"
        town = municipality.kind in ("urban", "regional") or index <= TOWNS_IN_DISTRICTS.get(municipality.slug, 0)
        school = School(
            municipality=municipality,
            code=f"{municipality.slug}-{index}",
            name=f"Школа № {index}, {place}",
            official_name=official,
            director=short(person(rng)),
            setting=School.Setting.URBAN if town else School.Setting.RURAL,
        )
        # One village school closed between the two campaigns of 2019, one city school opened since.
        if municipality.slug == "kargasokskiy" and index == number > 2:
            school.closed_on = date(2019, 8, 31)
        if municipality.slug == CAPITAL and index == number - taken > 2:
            school.opened_on = date(2021, 9, 1)
        rows.append(school)
    return rows


def _size_of(school, index: int, number: int):
    municipality = school.municipality
    if municipality.slug == CAPITAL:
        return _CITY
    if municipality.kind == Municipality.Kind.REGIONAL:
        return _CENTRE
    if municipality.kind == Municipality.Kind.URBAN:
        return _TOWN if number > 3 else _SUBURB
    if municipality.slug == "tomskiy":
        return _SUBURB
    return _CENTRE if index < max(1, number // 8) or school.setting == School.Setting.URBAN else _VILLAGE


def settle(rng, schools, years) -> list[DemoSchool]:
    """Give every school its size and its pupils per grade in each academic year of ``years``."""
    number, places, seen = {}, [], {}
    for school in schools:
        number[school.municipality_id] = number.get(school.municipality_id, 0) + 1
    for school in schools:
        index = seen.get(school.municipality_id, 0)
        seen[school.municipality_id] = index + 1
        median, spread, least, most = _size_of(school, index, number[school.municipality_id])
        base = min(max(median * rng.lognormvariate(0, spread), least), most)
        if school.code == RICH_SCHOOL:
            base = 104.0
        place = DemoSchool(
            school=school,
            base=base,
            has_seniors=base >= 8 or rng.random() < 0.45,
            activity=rng.lognormvariate(0, 0.32),
            late=rng.random() < 0.06 and school.code != RICH_SCHOOL,
        )
        roll = None
        for year in years:
            roll = _next_roll(rng, place, roll if year == "2019/2020" else None)
            place.rolls[year] = roll
        places.append(place)
    plain = [place for place in places if place.school.code != RICH_SCHOOL]
    for year, share in zip(years, (0.006, 0.003, 0.01), strict=True):
        for place in rng.sample(plain, max(1, round(share * len(plain)))):
            place.without_enrolment += (year,)
    return places


def _next_roll(rng, place, before) -> dict[int, int]:
    """Return pupils per grade: each class of the year ``before`` moved up, or a year that stands by itself."""
    roll = {}
    for grade in GRADES:
        if grade >= 10:
            kept = rng.uniform(0.4, 0.58) * place.base if before is None or grade == 10 else before[10]
            roll[grade] = round(kept * rng.uniform(0.94, 1.0)) if place.has_seniors else 0
        elif before is None or grade == 1:
            roll[grade] = max(1, round(place.base * rng.uniform(0.82, 1.18)))
        else:
            roll[grade] = max(1, round(before[grade - 1] * rng.uniform(0.97, 1.03)))
    return roll
