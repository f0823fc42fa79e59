"""Run by the Python of QGIS: in_qgis.py PACKAGE PICTURE [BOX [LAYER,…]] prints what QGIS draws of each layer.

The layers are put into a project, the project is saved and opened again, as a person would.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsRectangle,
    QgsRenderContext,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

ORDER = (
    "zone", "border", "unread", "roads", "reader", "corridors", "tracked", "chokepoints", "cordon",
    "ports", "review", "views", "watches", "cameras",
)  # fmt: skip
"""From the ground up."""
FAR = ("zone", "border", "cordons", "ports", "review")


def rank(name):
    return next((i for i, start in enumerate(ORDER) if name.startswith(start)), 0)


def paint(layers, extent, size=(1600, 1100)):
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    settings.setBackgroundColor(QColor("white"))
    settings.setOutputSize(QSize(*size))
    settings.setOutputDpi(96)
    settings.setExtent(extent)
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    return job.renderedImage(), settings


def count(layer, settings):
    renderer = layer.renderer().clone()
    context = QgsRenderContext.fromMapSettings(settings)
    scopes = QgsExpressionContextUtils.globalProjectLayerScopes(layer)
    expressions = QgsExpressionContext(scopes)
    context.setExpressionContext(expressions)
    renderer.startRender(context, layer.fields())
    drawn, classes = 0, {r.label(): 0 for r in renderer.rootRule().children()}
    for feature in layer.getFeatures():
        context.expressionContext().setFeature(feature)
        drawn += bool(renderer.willRenderFeature(feature, context)) and feature.hasGeometry()
        for key in renderer.legendKeysForFeature(feature, context):
            rule = renderer.rootRule().findRuleByKey(key)
            if rule is not None and rule.label() in classes:
                classes[rule.label()] += 1
    renderer.stopRender(context)
    return drawn, classes


def main(package, picture):
    app = QgsApplication([], False)
    app.initQgis()
    probe = QgsVectorLayer(package, "all", "ogr")
    names = [line.split("!!::!!")[1] for line in probe.dataProvider().subLayers()]
    project = QgsProject.instance()
    for name in names:
        if name != "layer_styles":
            project.addMapLayer(QgsVectorLayer(f"{package}|layername={name}", name, "ogr"))
    kept = str(Path(tempfile.mkdtemp()) / "project.qgz")
    project.write(kept)
    project.clear()
    assert project.read(kept)
    layers = sorted(project.mapLayers().values(), key=lambda one: rank(one.name()), reverse=True)
    near = [one for one in layers if not one.name().startswith(FAR)]
    extent = QgsRectangle()
    for layer in near or layers:
        transformed = QgsMapSettings()
        transformed.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
        extent.combineExtentWith(transformed.layerExtentToOutputExtent(layer, layer.extent()))
    if len(sys.argv) > 3:
        west, south, east, north = map(float, sys.argv[3].split(","))
        systems = [QgsCoordinateReferenceSystem(f"EPSG:{code}") for code in (4326, 3857)]
        box = QgsRectangle(west, south, east, north)
        extent = QgsCoordinateTransform(*systems, project).transformBoundingBox(box)
    found = {}
    for layer in layers:
        image, settings = paint([layer], extent, (400, 400))
        drawn, classes = count(layer, settings)
        blank = QColor("white").rgb()
        ink = sum(image.pixel(x, y) != blank for x in range(400) for y in range(400))
        found[layer.name()] = {
            "rows": layer.featureCount(),
            "drawn": drawn,
            "classes": classes,
            "style": layer.renderer().type(),
            "labels": layer.labeling().settings().fieldName if layer.labelsEnabled() else "",
            "ink": ink,
        }
    chosen = sys.argv[4].split(",") if len(sys.argv) > 4 else names
    image, _ = paint([one for one in layers if one.name() in chosen], extent)
    image.save(picture)
    print(json.dumps(found), flush=True)
    # leaving in the usual way, QGIS 3.22 falls over its own objects
    os._exit(0)


main(sys.argv[1], sys.argv[2])
