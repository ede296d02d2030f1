"""The catalogue's room: what the shop sells, found by code, by item or by words."""

from edge_daemon.catalogue.article import Article, Articles, ItemKey, NoArticles
from edge_daemon.catalogue.requests import CatalogueImport, CataloguePart
from edge_daemon.catalogue.room import Catalogue, CatalogueState

__all__ = [
    "Article",
    "Articles",
    "Catalogue",
    "CatalogueImport",
    "CataloguePart",
    "CatalogueState",
    "ItemKey",
    "NoArticles",
]
