from django.urls import path

from events.views import events, form, joint, review

urlpatterns = [
    path("events/", events.events, name="events"),
    path("events/new/", form.event_new, name="event_new"),
    path("events/joint/", joint.joint_events, name="joint_events"),
    path("events/joint/new/", joint.joint_event_new, name="joint_event_new"),
    path("events/joint/<int:joint_id>/", joint.joint_event, name="joint_event"),
    path("events/joint/<int:joint_id>/edit/", joint.joint_event_edit, name="joint_event_edit"),
    path("events/joint/<int:joint_id>/cancel/", joint.joint_event_cancel, name="joint_event_cancel"),
    path("events/joint/<int:joint_id>/attend/", joint.joint_attend, name="joint_attend"),
    path("events/<int:event_id>/", events.event, name="event"),
    path("events/<int:event_id>/edit/", form.event_edit, name="event_edit"),
    path("events/<int:event_id>/submit/", events.event_submit, name="event_submit"),
    path("events/<int:event_id>/cancel/", events.event_cancel, name="event_cancel"),
    path("events/<int:event_id>/delete/", events.event_delete, name="event_delete"),
    path("events/<int:event_id>/accept/", review.event_accept, name="event_accept"),
    path("events/<int:event_id>/return/", review.event_return, name="event_return"),
    path("review/", review.review, name="review"),
    path("review/accept/", review.review_accept, name="review_accept"),
]
