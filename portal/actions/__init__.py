"""What is done to people, places and enrolment. Reading this list is reading what can be done."""

from portal.actions.enrolment import (
    apply_enrolment_upload,
    store_enrolment_upload,
    write_enrolment,
)
from portal.actions.people import (
    end_membership,
    save_by_staff,
    set_password,
)
from portal.actions.places import (
    upsert_many,
)

__all__ = [
    "apply_enrolment_upload",
    "end_membership",
    "save_by_staff",
    "set_password",
    "store_enrolment_upload",
    "upsert_many",
    "write_enrolment",
]
