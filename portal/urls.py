"""Public addresses: promises to other systems (DESIGN, Addresses that stay)."""

from django.contrib import admin
from django.http import HttpRequest, JsonResponse
from django.urls import include, path

from portal.api.urls import urls as api
from portal.views import previews, search, search_learning


def healthz(request: HttpRequest) -> JsonResponse:
    """Tell that the process answers."""
    return JsonResponse({"status": "ok"})


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("admin/frames/<slug:kind>/<int:pk>/", previews.preview_frame, name="preview_frame"),
    path("admin/", admin.site.urls),
    path("", include("portal.views.urls")),
    path("search/", search.search, name="search"),
    path("search/chosen", search_learning.chosen, name="search_chosen"),
    path("search/suggest", search.suggest, name="search_suggest"),
    path("feeds/search.atom", search.SearchFeed(), name="search_feed"),
    path("api/v1/", api),
]

handler400 = "portal.views.errors.bad_request"
handler403 = "portal.views.errors.forbidden"
handler404 = "portal.views.errors.not_found"
handler500 = "portal.views.errors.server_error"
