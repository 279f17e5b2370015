"""Geometries of PostGIS: extended well-known binary and text, and GeoJSON, without PostGIS."""

from dsql_migrate.rewrite.data.geometry.conversions import geometry_conversion

__all__ = ["geometry_conversion"]
