"""People and places: regions, municipalities, schools, enrolment, users and their memberships; history."""

from portal.models.enrolment import (
    Enrolment,
    EnrolmentUpload,
    EnrolmentUploadQuerySet,
    academic_year_validator,
)
from portal.models.history import History
from portal.models.people import (
    Membership,
    MembershipQuerySet,
    User,
    UserManager,
)
from portal.models.places import (
    Municipality,
    MunicipalityQuerySet,
    Partner,
    Region,
    School,
    SchoolQuerySet,
    name_field,
    time_zone_validator,
)

__all__ = [
    "Enrolment",
    "EnrolmentUpload",
    "EnrolmentUploadQuerySet",
    "History",
    "Membership",
    "MembershipQuerySet",
    "Municipality",
    "MunicipalityQuerySet",
    "Partner",
    "Region",
    "School",
    "SchoolQuerySet",
    "User",
    "UserManager",
    "academic_year_validator",
    "name_field",
    "time_zone_validator",
]
