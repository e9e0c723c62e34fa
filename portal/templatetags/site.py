"""Template tags of the public site, loaded everywhere."""

from django import template

register = template.Library()
