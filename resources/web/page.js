/* Draws a release. Everything from the data block reaches the page as text nodes or canvas strokes, never as markup. */
(function () {
  "use strict";
  var map = window.map_deconflict;
  var data = JSON.parse(document.getElementById("release-data").textContent);
  var labels = window.deconflictLabels;
  var icons = {};
  var compact = false;
  var everything = [];
  /* A release astride the antimeridian is drawn in one piece, its western half moved once around the earth. */
  var turn = data.extent !== null && data.extent[2] - data.extent[0] > 180 ? 360 : 0;

  function make(tag, text, className) {
    var element = document.createElement(tag);
    if (text !== undefined && text !== null && text !== "") { element.textContent = String(text); }
    if (className) { element.className = className; }
    return element;
  }

  function latLng(point) { return [point[1], point[0] < 0 ? point[0] + turn : point[0]]; }
  /* A ring or line keeps together: its first point says on which side of the antimeridian it lies. */
  function nested(points, depth) {
    if (depth > 1) { return points.map(function (item) { return nested(item, depth - 1); }); }
    var moved = points[0][0] < 0 ? turn : 0;
    return points.map(function (point) { return [point[1], point[0] + moved]; });
  }
  function around(rings, moved) {
    return rings.map(function (polygon) {
      return polygon.map(function (ring) {
        return ring.map(function (point) { return [point[1], point[0] + moved]; });
      });
    });
  }

  function corners(box) { return [latLng([box[0], box[1]]), latLng([box[2], box[3]])]; }

  /* ------------------------------------------------------------------ styles */
  function hatch(style) {
    if (!style.hatch) { return null; }
    var tile = document.createElement("canvas"), size = style.hatch === "dots" ? 8 : 10, pen = tile.getContext("2d");
    tile.width = tile.height = size;
    if (style.fill) { pen.globalAlpha = 0.28; pen.fillStyle = style.fill; pen.fillRect(0, 0, size, size); pen.globalAlpha = 1; }
    pen.strokeStyle = pen.fillStyle = style.stroke;
    pen.globalAlpha = 0.75;
    if (style.hatch === "dots") { pen.beginPath(); pen.arc(4, 4, 1.3, 0, 7); pen.fill(); }
    else {
      pen.lineWidth = style.hatch === "cross" ? 0.8 : 1.3;
      pen.beginPath();
      pen.moveTo(-2, size + 2); pen.lineTo(size + 2, -2); pen.moveTo(-2, 2); pen.lineTo(2, -2);
      pen.moveTo(size - 2, size + 2); pen.lineTo(size + 2, size - 2);
      if (style.hatch === "cross") {
        pen.moveTo(-2, -2); pen.lineTo(size + 2, size + 2);
      }
      pen.stroke();
    }
    return pen.createPattern(tile, "repeat");
  }

  function pathOptions(layer) {
    var style = layer.style, pattern = hatch(style);
    return {
      color: style.stroke, weight: 2, opacity: 0.95, dashArray: { dash: "7 5", dot: "2 4" }[style.dash] || null,
      fillColor: pattern || style.fill || style.stroke, fillOpacity: pattern ? 1 : (style.fill ? 0.3 : 0.04),
      bubblingMouseEvents: false
    };
  }

  function icon(symbol) {
    if (!icons[symbol] && data.symbols[symbol]) {
      var image = new Image();
      image.onload = function () { image.isReady = true; redrawSoon(); };
      image.src = "data:image/svg+xml," + encodeURIComponent(data.symbols[symbol].split("currentColor").join("#ffffff"));
      icons[symbol] = image;
    }
    return icons[symbol];
  }

  function drawSymbol(pen, x, y, radius, style, symbol, hollow) {
    var image = icon(symbol), colour = style.fill || style.stroke;
    pen.setLineDash([]);
    pen.globalAlpha = 1;
    pen.beginPath();
    pen.arc(x, y, radius, 0, Math.PI * 2);
    pen.fillStyle = hollow ? "#ffffff" : style.stroke;
    pen.fill();
    pen.lineWidth = 1.5;
    pen.strokeStyle = hollow ? style.stroke : "#ffffff";
    pen.stroke();
    if (hollow) { pen.beginPath(); pen.arc(x, y, radius - 2.5, 0, Math.PI * 2); pen.fillStyle = colour; pen.fill(); }
    if (radius > 6 && image && image.isReady) {
      var side = radius * (hollow ? 1.05 : 1.3);
      pen.drawImage(image, x - side / 2, y - side / 2, side, side);
    }
  }

  var Symbol = L.CircleMarker.extend({
    options: { radius: 11, bubblingMouseEvents: false },
    _updatePath: function () {
      var renderer = this._renderer;
      if (!renderer._drawing || this._empty()) { return; }
      drawSymbol(renderer._ctx, this._point.x, this._point.y, compact ? 4.5 : 11,
        this.options.style, this.options.symbol, this.options.hollow);
    }
  });

  /* ---------------------------------------------------------------- features */
  function shapes(geometry, options, layer, symbol, hollow) {
    var points = geometry.coordinates;
    switch (geometry.type) {
      case "Point": return [new Symbol(latLng(points), { style: layer.style, symbol: symbol, hollow: hollow })];
      case "MultiPoint": return points.map(function (point) {
        return new Symbol(latLng(point), { style: layer.style, symbol: symbol, hollow: hollow });
      });
      case "LineString": case "MultiLineString":
        return [L.polyline(nested(points, geometry.type === "LineString" ? 1 : 2), options)];
      case "Polygon": case "MultiPolygon":
        return [L.polygon(nested(points, geometry.type === "Polygon" ? 2 : 3), options)];
      default: return [];
    }
  }

  function shown(column, value) {
    if (column.type !== "time") { return typeof value === "number" ? value.toLocaleString("en") : value; }
    return value.slice(0, 10) + " " + value.slice(11, 16) + " UTC";
  }

  function card(layer, row) {
    var box = make("div", "", "card"), list = make("dl"), name = row[layer.nameColumn];
    var title = make("h3", name || layer.title);
    title.dir = "auto";
    box.appendChild(title);
    box.appendChild(make("p", layer.title, "kind"));
    layer.columns.forEach(function (column, i) {
      if (row[i] === null || row[i] === "" || i === layer.nameColumn) { return; }
      var value = make("dd", shown(column, row[i]));
      value.dir = "auto";
      list.appendChild(make("dt", column.label));
      list.appendChild(value);
    });
    box.appendChild(list);
    return box;
  }

  function build(layer) {
    var options = pathOptions(layer), uncertain = indexOf(layer, "uncertainty_m");
    layer.nameColumn = indexOf(layer, "name");
    layer.group = L.layerGroup();
    layer.features = layer.rows.map(function (row, i) {
      var geometry = layer.geometry[i], reach = uncertain < 0 ? 0 : row[uncertain];
      var drawn = shapes(geometry, options, layer, layer.symbols[i], reach > 0);
      var feature = { layer: layer, row: row, drawn: drawn, isPoint: geometry.type.indexOf("Point") >= 0,
        isLine: geometry.type.indexOf("Line") >= 0 };
      drawn.forEach(function (shape) {
        shape.bindPopup(function () { return card(layer, row); }, { minWidth: 250, maxWidth: 340 });
        shape.addTo(layer.group);
      });
      if (feature.isPoint && reach > 0) {
        L.circle(drawn[0].getLatLng(), {
          radius: reach, color: layer.style.stroke, weight: 1, dashArray: "3 4", fill: false, interactive: false
        }).addTo(layer.group);
      }
      feature.name = layer.nameColumn < 0 ? "" : (row[layer.nameColumn] || "");
      feature.words = row.filter(function (value) { return typeof value === "string"; }).join("\n").toLowerCase();
      everything.push(feature);
      return feature;
    });
    layer.group.addTo(map);
  }

  function indexOf(layer, name) {
    return layer.columns.findIndex(function (column) { return column.name === name; });
  }

  /* Points above lines above areas, whatever was switched on last. */
  function stack() {
    [isLine, isPoint].forEach(function (wanted) {
      everything.forEach(function (feature) {
        if (wanted(feature) && map.hasLayer(feature.layer.group)) {
          feature.drawn.forEach(function (shape) { shape.bringToFront(); });
        }
      });
    });
  }
  function isPoint(feature) { return feature.isPoint; }
  function isLine(feature) { return feature.isLine; }

  function visiblePoints() {
    var view = map.getBounds(), seen = [];
    everything.forEach(function (feature) {
      if (feature.isPoint && map.hasLayer(feature.layer.group)) {
        feature.drawn.forEach(function (shape) {
          if (view.contains(shape.getLatLng())) { seen.push({ at: shape.getLatLng(), text: feature.name }); }
        });
      }
    });
    return seen;
  }

  var waiting = 0;
  function redrawSoon() {
    if (waiting) { return; }
    waiting = window.setTimeout(function () {
      waiting = 0;
      everything.some(function (feature) {
        var shape = feature.isPoint && feature.drawn[0];
        if (shape && shape._renderer) { shape._renderer._update(); shape._renderer._redraw(); return true; }
        return false;
      });
      drawKeys();
    }, 30);
  }

  function refresh() {
    var seen = visiblePoints(), before = compact;
    compact = seen.length > 250;
    labels.draw(map, seen, data.background.places, turn);
    if (before !== compact) { redrawSoon(); }
  }

  /* ------------------------------------------------------------------ legend */
  var keys = [];
  function swatch(width, height, paint) {
    var canvas = document.createElement("canvas"), ratio = 2;
    canvas.width = width * ratio; canvas.height = height * ratio;
    keys.push(function () {
      var pen = canvas.getContext("2d");
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      pen.clearRect(0, 0, width, height);
      paint(pen);
    });
    return canvas;
  }
  function drawKeys() { keys.forEach(function (paint) { paint(); }); }

  function layerSwatch(layer) {
    var options = pathOptions(layer), counts = { Point: 0, LineString: 0, Polygon: 0 }, common = "Point";
    layer.geometry.forEach(function (geometry) {
      var type = geometry.type.replace("Multi", "");
      counts[type] += 1;
      if (counts[type] > counts[common]) { common = type; }
    });
    return swatch(34, 24, function (pen) {
      if (common === "Point") {
        drawSymbol(pen, 17, 12, 10, layer.style, layer.symbols[layer.geometry.findIndex(function (geometry) {
          return geometry.type.indexOf("Point") >= 0;
        })], false);
        return;
      }
      pen.beginPath();
      if (common === "Polygon") { pen.rect(2, 3, 30, 18); } else { pen.moveTo(2, 18); pen.lineTo(32, 6); }
      pen.globalAlpha = options.fillOpacity;
      pen.fillStyle = options.fillColor;
      if (common === "Polygon") { pen.fill(); }
      pen.globalAlpha = 1;
      pen.setLineDash(options.dashArray ? options.dashArray.split(" ").map(Number) : []);
      pen.strokeStyle = layer.style.stroke;
      pen.lineWidth = 2;
      pen.stroke();
      pen.setLineDash([]);
    });
  }

  function categoryKeys(layer) {
    var column = indexOf(layer, "category"), symbols = new Map(), list = make("ul", "", "keys");
    if (column < 0) { return list; }
    layer.features.forEach(function (feature, i) {
      var label = feature.row[column];
      if (feature.isPoint && label) { symbols.set(label, layer.symbols[i]); }
    });
    Array.from(symbols.keys()).sort().forEach(function (label) {
      var item = make("li"), words = make("span", label);
      words.dir = "auto";
      item.appendChild(swatch(20, 20, function (pen) {
        drawSymbol(pen, 10, 10, 9, layer.style, symbols.get(label), false);
      }));
      item.appendChild(words);
      list.appendChild(item);
    });
    return list;
  }

  function legend(layer) {
    var item = make("li"), label = make("label"), box = make("input"), words = make("span", layer.title, "words");
    box.type = "checkbox";
    box.checked = true;
    box.addEventListener("change", function () {
      if (box.checked) { layer.group.addTo(map); stack(); } else { layer.group.remove(); }
      refresh();
    });
    label.title = layer.help;
    [box, layerSwatch(layer), words, make("span", layer.rows.length.toLocaleString("en"), "count")]
      .forEach(function (part) { label.appendChild(part); });
    item.appendChild(label);
    var categories = categoryKeys(layer);
    if (categories.children.length > 1) { item.appendChild(categories); }
    document.getElementById("legend").appendChild(item);
  }

  /* ------------------------------------------------------------------ search */
  function go(feature) {
    var shape = feature.drawn[0];
    if (!map.hasLayer(feature.layer.group)) { feature.layer.group.addTo(map); }
    if (feature.isPoint) { map.setView(shape.getLatLng(), Math.max(map.getZoom(), 13), { animate: false }); }
    else { map.fitBounds(shape.getBounds(), { maxZoom: 14, padding: [40, 40], animate: false }); }
    shape.openPopup();
  }

  function search(event) {
    var wanted = event.target.value.trim().toLowerCase(), list = document.getElementById("found"), count = 0;
    list.textContent = "";
    if (!wanted) { return; }
    everything.some(function (feature) {
      if (feature.words.indexOf(wanted) < 0 || !feature.drawn.length) { return false; }
      var item = make("li"), button = make("button"), name = make("bdi", feature.name || feature.layer.title);
      button.type = "button";
      button.appendChild(name);
      button.appendChild(make("br"));
      button.appendChild(make("small", feature.layer.title));
      button.addEventListener("click", function () { go(feature); });
      item.appendChild(button);
      list.appendChild(item);
      count += 1;
      return count >= 30;
    });
    if (!count) { list.appendChild(make("li", "Nothing in this overlay matches. It may still be there.")); }
  }

  /* -------------------------------------------------------------------- page */
  var land = L.canvas({ padding: 0.5, pane: "tilePane" });
  (turn ? [0, turn] : [0]).forEach(function (moved) {
    L.polygon(around(data.background.land, moved), {
      renderer: land, interactive: false, color: "#a9b7c2", weight: 1, fillColor: "#f7f5ef", fillOpacity: 1
    }).addTo(map);
  });
  labels.graticule(map, land);
  map.attributionControl.setPrefix("Leaflet").addAttribution(data.background.credit);
  L.control.zoom({ position: "topright" }).addTo(map);
  L.control.scale({ imperial: false, maxWidth: 160 }).addTo(map);
  labels.cursor(map);
  if (data.background.frame) {
    var frame = L.latLngBounds(corners(data.background.frame));
    if (!turn) { frame.extend(L.latLngBounds(corners(data.extent)).pad(0.1)); }
    map.setMaxBounds(frame);
    map.setMinZoom(Math.min(map.getBoundsZoom(frame, true), 12));
  }
  if (data.background.view) {
    map.fitBounds(corners(data.background.view), { maxZoom: 15, padding: [24, 24], animate: false });
  }
  data.layers.forEach(build);
  stack();
  data.layers.forEach(legend);
  drawKeys();
  map.on("moveend zoomend resize", refresh);
  refresh();
  document.getElementById("search").addEventListener("input", search);
  if (new Date(data.valid_until) < new Date()) { document.getElementById("outdated").hidden = false; }
  document.documentElement.setAttribute("data-drawn", String(everything.length));
})();
