from django.urls import path

from events import joint_views, views

urlpatterns = [
    path("events/", views.events, name="events"),
    path("events/new/", views.event_new, name="event_new"),
    path("events/joint/", joint_views.joint_events, name="joint_events"),
    path("events/joint/new/", joint_views.joint_event_new, name="joint_event_new"),
    path("events/joint/<int:joint_id>/", joint_views.joint_event, name="joint_event"),
    path("events/joint/<int:joint_id>/edit/", joint_views.joint_event_edit, name="joint_event_edit"),
    path("events/joint/<int:joint_id>/cancel/", joint_views.joint_event_cancel, name="joint_event_cancel"),
    path("events/joint/<int:joint_id>/attend/", joint_views.joint_attend, name="joint_attend"),
    path("events/<int:event_id>/", views.event, name="event"),
    path("events/<int:event_id>/edit/", views.event_edit, name="event_edit"),
    path("events/<int:event_id>/submit/", views.event_submit, name="event_submit"),
    path("events/<int:event_id>/cancel/", views.event_cancel, name="event_cancel"),
    path("events/<int:event_id>/delete/", views.event_delete, name="event_delete"),
    path("events/<int:event_id>/accept/", views.event_accept, name="event_accept"),
    path("events/<int:event_id>/return/", views.event_return, name="event_return"),
    path("review/", views.review, name="review"),
    path("review/accept/", views.review_accept, name="review_accept"),
]
