"""The administration for the operator's technical staff: people and places, through the actions."""

# These register what the portal does not use: a person has one address, and no group.
import allauth.account.admin  # noqa: F401
import django.contrib.auth.admin  # noqa: F401
from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.models import Group
from django.core.exceptions import BadRequest, ValidationError
from django.utils.translation import gettext_lazy as _

from portal import actions
from portal.forms.fields import year_validator
from portal.models import Enrolment, History, Membership, Municipality, Partner, Region, School, User

admin.site.site_header = _("Administration of the portal")
admin.site.unregister([Group, EmailAddress])


def _is_key(model, text) -> bool:
    try:
        model._meta.pk.to_python(text)
    except ValidationError:
        return False
    return True


class KeySelect(AutocompleteSelect):
    """Shows what is chosen; a text that can be no row's key it passes over, and the field refuses it."""

    def optgroups(self, name, value, attr=None):
        keys = [key for key in value if key in ("", None) or _is_key(self.field.related_model, key)]
        return super().optgroups(name, keys, attr)


class RecordedAdmin(admin.ModelAdmin):
    """Writes through :mod:`portal.actions`, so that history knows; deletes nothing."""

    def get_changeform_initial_data(self, request):
        """Fill in nothing from the address: no page of the portal leads here with values, and a stranger's break it."""
        return {}

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = KeySelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        # Of a moment its day is asked, before the two are put together: years at the ends of time have no time zone.
        day = field.fields[0] if isinstance(field, forms.SplitDateTimeField) else field
        if isinstance(day, forms.DateField):
            day.validators.append(year_validator)
        return field

    def response_action(self, request, queryset):
        if not all(_is_key(self.model, text) for text in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise BadRequest
        return super().response_action(request, queryset)

    def save_model(self, request, obj, form, change):
        actions.save_by_staff(
            request.user, obj, lambda: super(RecordedAdmin, self).save_model(request, obj, form, change)
        )

    def has_delete_permission(self, request, obj=None):
        return False


class GuardedForm(forms.ModelForm):
    """Explains at its field what must stay as it is stored; the action refuses it."""

    errors_of = staticmethod(actions.staff_errors)

    def _post_clean(self):
        super()._post_clean()
        stored = self._meta.model.objects.filter(pk=self.instance.pk).first()
        if stored is not None and not self.errors:
            self._update_errors(ValidationError(self.errors_of(stored, self.instance)))


class ReadOnlyAdmin(admin.ModelAdmin):
    """Shows rows that only the portal's own pages change."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Region)
class RegionAdmin(RecordedAdmin):
    form = GuardedForm
    list_display = ["name", "operator_name", "time_zone"]


@admin.register(Municipality)
class MunicipalityAdmin(RecordedAdmin):
    form = GuardedForm
    list_display = ["name", "kind", "region"]
    list_select_related = ["region"]
    search_fields = ["name"]


class SchoolForm(GuardedForm):
    errors_of = staticmethod(actions.school_errors)

    class Meta:
        model = School
        fields = ["municipality", "code", "name", "official_name", "director", "setting", "opened_on", "closed_on"]


@admin.register(School)
class SchoolAdmin(RecordedAdmin):
    """What follows from a school's change follows here too."""

    form = SchoolForm
    list_display = ["name", "municipality", "opened_on", "closed_on"]
    list_select_related = ["municipality"]
    list_filter = ["municipality"]
    search_fields = ["search", "name"]

    def save_model(self, request, obj, form, change):
        actions.save_school(request.user, obj)


@admin.register(Enrolment)
class EnrolmentAdmin(RecordedAdmin):
    list_display = ["school", "academic_year", "as_of", "source"]
    list_select_related = ["school"]
    autocomplete_fields = ["school"]
    search_fields = ["school__search"]

    def get_readonly_fields(self, request, obj=None):
        """Whose enrolment it is and of which year stands: another school or year has a row of its own."""
        return ["school", "academic_year"] if obj else []


@admin.register(Partner)
class PartnerAdmin(RecordedAdmin):
    form = GuardedForm
    list_display = ["name", "kind", "region"]
    list_select_related = ["region"]
    search_fields = ["search", "name"]


class UserForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["email", "name", "phone", "is_active", "is_staff", "is_superuser"]

    def clean_email(self):
        return self.cleaned_data["email"].lower()


@admin.register(User)
class UserAdmin(RecordedAdmin):
    """A new person gets no password here: they set their own by the link of «forgotten password»."""

    form = UserForm
    list_display = ["email", "name", "is_active", "is_staff"]
    search_fields = ["email", "name"]
    ordering = ["email"]

    def save_model(self, request, obj, form, change):
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)


@admin.register(Membership)
class MembershipAdmin(RecordedAdmin):
    list_display = ["user", "role", "region", "municipality", "school", "started_at", "ended_at"]
    list_select_related = ["user", "region", "municipality", "school"]
    list_filter = ["role"]
    autocomplete_fields = ["user", "municipality", "school"]
    search_fields = ["user__email", "user__name", "school__search"]
    actions = ["end_now"]

    @admin.action(description=_("End the chosen memberships now"), permissions=["change"])
    def end_now(self, request, queryset):
        for membership in queryset:
            actions.end_membership(request.user, membership)


@admin.register(History)
class HistoryAdmin(ReadOnlyAdmin):
    """All of history, that of people too, who belong to no region's log."""

    list_display = ["moment", "actor", "verb", "content_type", "object_id", "object_repr"]
    list_select_related = ["actor", "content_type"]
    show_full_result_count = False
