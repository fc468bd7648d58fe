"""A number that no column can hold is the number of no row.

Django's own comparisons of whole numbers say so (``pk=10**40`` finds nothing), but not those with a list of numbers
or through a foreign key: SQLite then raises ``OverflowError`` where PostgreSQL finds nothing. These do, on both, for
whatever an address or a form names a row by.
"""

from django.core.exceptions import EmptyResultSet
from django.db.models import ForeignObject, IntegerField
from django.db.models.fields.related_lookups import RelatedExact, RelatedIn
from django.db.models.lookups import In


def _fits(value, field, connection) -> bool:
    """Whether a column of ``field`` can hold ``value``; what is no whole number is for the database to say."""
    if not isinstance(value, int):
        return True
    while field.is_relation:
        field = field.target_field
    if not isinstance(field, IntegerField):
        return True
    least, most = connection.ops.integer_field_range(field.get_internal_type())
    return (least is None or least <= value) and (most is None or value <= most)


class _FittingList:
    def process_rhs(self, compiler, connection):
        if self.rhs_is_direct_value():
            self.rhs = [value for value in self.rhs if _fits(value, self.lhs.output_field, connection)]
        return super().process_rhs(compiler, connection)


@IntegerField.register_lookup
class IntegerIn(_FittingList, In):
    pass


@ForeignObject.register_lookup
class FittingRelatedIn(_FittingList, RelatedIn):
    pass


@ForeignObject.register_lookup
class FittingRelatedExact(RelatedExact):
    def process_rhs(self, compiler, connection):
        if self.rhs_is_direct_value() and not _fits(self.rhs, self.lhs.output_field, connection):
            raise EmptyResultSet
        return super().process_rhs(compiler, connection)
