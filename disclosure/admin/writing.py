"""While somebody writes: no lost update (对照后选择), words kept on the way (自动保存), who else is there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from agencies.admin.acts import ServiceAdmin, staff
from disclosure import rules, services
from disclosure.admin.conflicts import MINE, THEIRS, conflict_of
from disclosure.models import Autosave
from disclosure.services import NotAllowed, Outdated

#: Seconds between two signs of life of an open form; words are kept with them.
BEAT_SECONDS = 20


class WritingPages(ServiceAdmin):
    """What the forms of documents and interpretations do while somebody writes."""

    def get_urls(self) -> Any:
        """With the address to which an open form reports; 0 stands for a draft not yet saved."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_desk"
        view = self.admin_site.admin_view(require_POST(self.desk_view))
        return [path("desk/<int:object_id>/", view, name=name), *super().get_urls()]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form, filled with what was kept where somebody asks for it (`?restore=1`)."""
        base = super().get_form(request, obj, change=change, **kwargs)
        kept = self._restored(request, obj)
        if kept is None:
            return base
        typed = as_query(kept)

        class Form(base):  # type: ignore[misc, valid-type]
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                if not self.is_bound:
                    for name, one in self.fields.items():
                        self.initial[name] = one.widget.value_from_datadict(typed, {}, self.add_prefix(name))

        return Form

    def _restored(self, request: HttpRequest, obj: Any) -> Autosave | None:
        if request.method != "GET" or "restore" not in request.GET:
            return None
        return self._kept(request, obj)

    def _kept(self, request: HttpRequest, obj: Any) -> Autosave | None:
        """What the user typed into this form and never saved; only where it may be saved."""
        user = staff(request)
        if obj is not None and not rules.can_edit(user, obj):
            return None
        return services.find_autosave(by=user, model=self.model, pk=obj.pk if obj else 0)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """With the version that the writer sees, what was kept, who else is there, and a conflict."""
        obj, user = kwargs.get("obj"), staff(request)
        if obj is None or rules.can_edit(user, obj):
            context["desk"] = self._desk(request, obj)
        context["base_version"] = self._base_version(request, obj)
        if obj is not None and isinstance(getattr(request, "refused", None), Outdated):
            stored = type(obj)._default_manager.get(pk=obj.pk)
            context["base_version"] = stored.edit_version
            context["conflict"] = self._conflict(request, stored, context["adminform"].form)
        return super().render_change_form(request, context, *args, **kwargs)

    def _desk(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        user, pk = staff(request), obj.pk if obj else 0
        restored = self._restored(request, obj)
        kept = self._kept(request, obj) if request.method == "GET" and restored is None else None
        address = address_of(self.opts, "desk", pk)
        return {
            "url": address,
            "preview_url": address_of(self.opts, "preview", pk) + "?kept=1",
            "user": user.pk,
            "seconds": BEAT_SECONDS,
            "kept": kept,
            "kept_today": kept is not None and timezone.localdate(kept.saved_at) == timezone.localdate(),
            "restored": restored,
            # What a refused form shows stands nowhere yet.
            "unsaved": request.method == "POST" or restored is not None,
            "others": services.others_at(by=user, model=self.model, pk=pk) if pk else [],
        }

    def _base_version(self, request: HttpRequest, obj: Any) -> int:
        if request.method == "POST" and (seen := self.seen_version(request)) is not None:
            return seen
        restored = self._restored(request, obj)
        if restored is not None and restored.base_version:
            return restored.base_version
        return obj.edit_version if obj is not None else 0

    def _conflict(self, request: HttpRequest, stored: Any, form: Any) -> Any:
        names = set(form.cleaned_data) & {one.name for one in self.model._meta.get_fields()}
        labels = {name: str(form.fields[name].label) for name in form.fields if name in names}
        found = conflict_of(stored, form.cleaned_data, labels, seen=self.seen_version(request))
        for choice in found.choices:
            choice.chosen = request.POST.get(f"choose_{choice.name}", choice.chosen)
        return found

    # --- Saving

    @staticmethod
    def seen_version(request: HttpRequest) -> int | None:
        """The version that the form was opened with; None where it says nothing."""
        text = request.POST.get("base_version", "")
        return int(text) if text.isdecimal() and len(text) < 10 else None

    @staticmethod
    def chosen(request: HttpRequest, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values that the writer keeps: where the other's were chosen, what is stored stays. Raises
        Outdated while something that both changed is not decided."""
        for name in request.POST.getlist("conflict"):
            if request.POST.get(f"choose_{name}") not in {MINE, THEIRS}:
                raise Outdated("有的项目两个人都改了，请在下面逐项选择留哪一个，再保存。")
        return {name: value for name, value in values.items() if request.POST.get(f"choose_{name}") != THEIRS}

    def words_are_stored(self, request: HttpRequest, pk: int) -> None:
        """Nothing is left to restore."""
        services.forget_autosave(by=staff(request), model=self.model, pk=pk)

    # --- What an open form reports

    def desk_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """A sign of life, with the words typed since; answers who else is there and which version stands.

        `discard`: throw away what was kept. `leave`: the page is closed. Another person than opened the form
        (`user`) is refused: on a shared machine somebody else has logged in since.
        """
        user = staff(request)
        if "discard" in request.POST:
            services.forget_autosave(by=user, model=self.model, pk=object_id)
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
            back = reverse(f"{name}_change", args=[object_id]) if object_id else reverse(f"{name}_add")
            return HttpResponseRedirect(back)
        if request.POST.get("user") != str(user.pk):
            return _answer({"error": "现在登录的不是打开这一页的人，没有自动保存。"}, 409)
        try:
            return self._report(request, object_id)
        except NotAllowed as refusal:
            return _answer({"error": " ".join(refusal.messages)}, 409)

    def _report(self, request: HttpRequest, object_id: int) -> HttpResponse:
        user = staff(request)
        if object_id == 0 and not self.has_add_permission(request):
            raise PermissionDenied
        if "data" in request.POST:
            services.keep_autosave(
                by=user,
                model=self.model,
                pk=object_id,
                data=_pairs(request.POST["data"]),
                base_version=self.seen_version(request) or 0,
            )
        if "leave" in request.POST:
            services.leave(by=user, model=self.model, pk=object_id)
            return HttpResponse(status=204)
        answer: dict[str, Any] = {"others": [], "version": 0}
        if "data" in request.POST:
            answer["saved_at"] = timezone.localtime().strftime("%H:%M")
        if object_id:
            answer["others"] = services.note_presence(by=user, model=self.model, pk=object_id)
            rows = self.model._default_manager.filter(pk=object_id)
            answer["version"] = rows.values_list("edit_version", flat=True).first()
        return _answer(answer)


def address_of(opts: Any, page: str, pk: int) -> str:
    """The address of one of a thing's pages; 0 stands for a draft that was never saved."""
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{page}", args=[pk])


def as_query(kept: Autosave) -> QueryDict:
    """What was kept, as a form would have sent it."""
    typed = QueryDict(mutable=True)
    for name, text in kept.data:
        typed.appendlist(name, text)
    return typed


def _pairs(text: str) -> list[list[str]]:
    """The pairs of name and text. Raises NotAllowed for anything else."""
    try:
        found = json.loads(text)
        if all(len(pair) == 2 and all(isinstance(one, str) for one in pair) for pair in found):
            return list(found)
    except (ValueError, TypeError, RecursionError):
        pass
    raise NotAllowed("没有读懂要自动保存的内容，请点「保存」。")


def _answer(data: dict[str, Any], status: int = 200) -> JsonResponse:
    response = JsonResponse(data, status=status, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "no-store"
    return response
