"""Addresses of the public pages."""

from django.contrib.sitemaps.views import index, sitemap
from django.urls import path

from portal.views import (
    agencies,
    care,
    catalog,
    catalog_changes,
    catalog_exports,
    catalog_items,
    document_page,
    documents,
    error_reports,
    home,
    interpretations,
    machines,
    signing,
    verify,
)
from portal.views import open_government as column
from portal.views import requests as asking

urlpatterns = [
    path("", home.home, name="home"),
    path("sitemap/", home.site_map, name="site_map"),
    path("catalog/", catalog.catalog, name="catalog"),
    path("catalog/items/<slug:code>/", catalog_items.item_detail, name="item"),
    path("catalog/matters/<int:pk>/", catalog_items.matter_detail, name="matter"),
    path("catalog/export.xlsx", catalog_exports.catalog_export, {"kind": "xlsx"}, name="catalog_export"),
    path("catalog/export.csv", catalog_exports.catalog_export, {"kind": "csv"}, name="catalog_export_csv"),
    path("catalog/export.json", catalog_exports.catalog_export, {"kind": "json"}, name="catalog_export_json"),
    path("catalog/changes/", catalog_changes.catalog_changes, name="catalog_changes"),
    path("catalog/changes.xlsx", catalog_changes.changes_export, name="catalog_changes_export"),
    path("catalog/print/", catalog_exports.catalog_print, name="catalog_print"),
    path(
        "catalog/exports/cancelled/",
        catalog_exports.export_cancelled,
        {"gone": True},
        name="catalog_export_cancelled",
    ),
    path(
        "catalog/exports/left/", catalog_exports.export_cancelled, {"gone": False}, name="catalog_export_left"
    ),
    path("catalog/exports/<uuid:token>/", catalog_exports.export_job, name="catalog_export_job"),
    path("catalog/exports/<uuid:token>/file", catalog_exports.export_file, name="catalog_export_file"),
    path(
        "catalog/exports/<uuid:token>/cancel/",
        catalog_exports.cancel_export,
        name="catalog_export_cancel",
    ),
    path("catalog/<slug:slug>/", catalog.catalog, name="field"),
    path("documents/", documents.document_list, name="documents"),
    path("documents/<int:pk>/", document_page.document_detail, name="document"),
    path("documents/<int:pk>.docx", document_page.document_word, name="document_word"),
    path("documents/<int:pk>.pdf", document_page.document_pdf, name="document_pdf"),
    path("documents/<int:pk>/related/<slug:part>/", document_page.document_related, name="document_related"),
    path("d/<int:pk>", document_page.short_address, {"name": "document"}, name="document_short"),
    path("j/<int:pk>", document_page.short_address, {"name": "interpretation"}, name="interpretation_short"),
    path(
        "documents/<int:pk>/attachments/<int:attachment_pk>/<path:name>",
        documents.attachment,
        name="attachment",
    ),
    path("i/<path:index_number>", documents.by_index_number, name="by_index_number"),
    path("interpretations/", interpretations.interpretation_list, name="interpretations"),
    path("interpretations/<int:pk>/", interpretations.interpretation_detail, name="interpretation"),
    path(
        "interpretations/<int:pk>/attachments/<int:attachment_pk>/<path:name>",
        interpretations.attachment,
        name="interpretation_attachment",
    ),
    path("agencies/", agencies.agency_list, name="agencies"),
    path("agencies/<slug:slug>/", agencies.agency_detail, name="agency"),
    path("open-government/", column.front, name="open_government"),
    path("open-government/guide/", column.guide, name="open_government_guide"),
    path("open-government/rules/", column.rules, name="open_government_rules"),
    path("open-government/statutory/", column.statutory, name="open_government_statutory"),
    path("open-government/catalog/", column.basic_catalog, name="open_government_catalog"),
    path(
        "open-government/annual-reports/",
        column.annual_reports,
        name="open_government_annual_reports",
    ),
    path("requests/new/", asking.request_guide, name="request_new"),
    path("requests/form/", asking.request_form, name="request_form"),
    path("requests/track/", asking.request_track, name="request_track"),
    path("care/", care.care, name="care"),
    path("text-size/", care.text_size, name="text_size"),
    path("report-error/", error_reports.report_error, name="report_error"),
    path("report-error/thanks/", error_reports.thanks, name="report_error_thanks"),
    path("sign/<str:token>/", signing.sign, name="sign"),
    path("sign/<str:token>/files/<int:number>/", signing.sign_file, name="sign_file"),
    path("verify/", verify.look_up, name="verify_look_up"),
    path("verify/<str:number>/", verify.verify, name="verify"),
    path(
        "sitemap.xml",
        index,
        {
            "sitemaps": machines.SITEMAPS,
            "sitemap_url_name": "sitemap_section",
            "template_name": "sitemap_index.xml",
        },
        name="sitemap",
    ),
    path(
        "sitemap-<section>.xml",
        sitemap,
        {"sitemaps": machines.SITEMAPS, "template_name": "sitemap.xml"},
        name="sitemap_section",
    ),
    path("robots.txt", machines.robots, name="robots"),
]
