"""Files that machines look for at the root, the same in every language: site map and rules for robots."""

from django.urls import path, register_converter

from cms.views import files


class PartName:
    """The name of a part of the site map."""

    regex = "[a-z]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(PartName, "part_name")

urlpatterns = [
    path("sitemap.xml", files.site_map, name="site_map"),
    path("sitemap-<part_name:name>-<int:number>.xml", files.site_map_part, name="site_map_part"),
    path("robots.txt", files.robots, name="robots"),
]
