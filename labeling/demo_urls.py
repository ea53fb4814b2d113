"""The one address that is there only while somebody tries Review Desk on their own machine."""

from django.urls import path

from labeling.views import demo_sign_ins

urlpatterns = [path("<slug:role>/", demo_sign_ins.demo_sign_in_create, name="demo_sign_in_create")]
