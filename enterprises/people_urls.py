"""Addresses of the portal on who acts for an enterprise."""

from django.urls import path

from enterprises.views import first_steps, people

urlpatterns = [
    path("begin/", first_steps.begin, name="portal_begin"),
    path("join/<str:token>/", first_steps.join, name="portal_join"),
    path("people/", people.index, name="portal_people"),
    path("people/leave/", people.leave, name="portal_people_leave"),
    path("people/requests/<int:pk>/", people.answer, name="portal_people_answer"),
    path("people/invitations/<int:pk>/again/", people.invite_again, name="portal_people_again"),
    path("people/invitations/<int:pk>/withdraw/", people.withdraw, name="portal_people_withdraw"),
    path("people/<int:pk>/remove/", people.remove, name="portal_people_remove"),
    path("people/<int:pk>/hand-over/", people.hand_over, name="portal_people_hand_over"),
]
