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
    staff_errors,
)
from portal.actions.places import (
    close_school,
    create_school,
    lock_region,
    merge_school,
    move_school,
    reopen_school,
    save_school,
    school_errors,
    upsert_many,
)

__all__ = [
    "apply_enrolment_upload",
    "close_school",
    "create_school",
    "end_membership",
    "lock_region",
    "merge_school",
    "move_school",
    "reopen_school",
    "save_by_staff",
    "save_school",
    "school_errors",
    "set_password",
    "staff_errors",
    "store_enrolment_upload",
    "upsert_many",
    "write_enrolment",
]
