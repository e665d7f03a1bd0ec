"""Letters to followers. Whoever holds the link of a letter manages what its address follows."""

from django.urls import path

from cms.views import follow

urlpatterns = [
    path("follow/", follow.follow, name="follow"),
    path("follow/sent/", follow.sent, name="follow_sent"),
    path("follow/confirm/<slug:link>/", follow.confirm, name="follow_confirm"),
    path("follow/manage/<slug:link>/", follow.manage, name="follow_manage"),
    path("follow/stop/<slug:link>/", follow.stop, name="follow_stop"),
    path("follow/stopped/", follow.stopped, name="follow_stopped"),
]
