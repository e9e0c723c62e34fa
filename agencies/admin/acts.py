"""What the admin classes of this room share: saving through services, and pages for single acts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms.utils import ErrorList
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from agencies.models import User
from agencies.services import NotAllowed


def staff(request: HttpRequest) -> User:
    """The member of staff behind a request that `admin_view` has let through."""
    return cast(User, request.user)


def show_refusal(form: forms.BaseForm, refusal: ValidationError) -> None:
    """Put a service's refusal beside the fields that it names, or above the form."""
    by_field = refusal.error_dict if hasattr(refusal, "error_dict") else {"__all__": refusal.error_list}
    for name, errors in by_field.items():
        form.add_error(name if name in form.fields else None, list(errors))


class ServiceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """An admin whose `save_model` calls a service: a refusal shows in the form, with everything kept."""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form, which also shows what the service has just refused."""
        base = super().get_form(request, obj, change=change, **kwargs)
        refusal: NotAllowed | None = getattr(request, "refused", None)

        class Form(base):  # type: ignore[misc, valid-type]
            def _post_clean(self) -> None:
                super()._post_clean()
                if refusal is not None:
                    show_refusal(self, refusal)

        return Form

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Save, or show the form again with the refusal in it."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except NotAllowed as refusal:
            # The transaction of the first try is rolled back; the second only draws the page.
            request.refused = refusal  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def act_page(
        self,
        request: HttpRequest,
        obj: Any,
        *,
        title: str,
        explanation: str,
        button: str,
        make_form: Callable[[Any], forms.Form],
        act: Callable[[forms.Form], str],
        back: str = "change",
    ) -> HttpResponse:
        """Ask, do, go back: one page of an act. `act` calls the service, returns a sentence to log."""
        address = f"admin:{self.opts.app_label}_{self.opts.model_name}_{back}"
        form = make_form(request.POST if request.method == "POST" else None)
        form.error_class = ErrorList
        if request.method == "POST" and form.is_valid():
            try:
                done = act(form)
            except NotAllowed as refusal:
                show_refusal(form, refusal)
            else:
                self.log_change(request, obj, done)
                self.message_user(request, done, messages.SUCCESS)
                return HttpResponseRedirect(reverse(address, args=[obj.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "explanation": explanation,
            "button": button,
            "form": form,
            "media": self.media + form.media,
            "original": obj,
            "opts": self.opts,
            "back_url": reverse(address, args=[obj.pk]),
        }
        return TemplateResponse(request, "admin/agencies/act.html", context)

    def object_for_act(self, request: HttpRequest, object_id: str, allowed: Callable[[Any], bool]) -> Any:
        """The object in the user's scope. Raises PermissionDenied for anything else, and if not `allowed`."""
        obj = self.get_object(request, object_id)
        if obj is None or not allowed(obj):
            raise PermissionDenied
        return obj
