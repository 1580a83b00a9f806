/* Names, the graticule and the cursor position: placed on the view, never overlapping, always as text nodes. */
window.deconflictLabels = (function () {
  "use strict";
  var MOST = 70, box = null, lines = null;
  var ruler = document.createElement("canvas").getContext("2d");

  function free(taken, wanted) {
    return taken.every(function (other) {
      return wanted[2] < other[0] || wanted[0] > other[2] || wanted[3] < other[1] || wanted[1] > other[3];
    });
  }

  function put(map, text, point, className, taken) {
    if (taken) { taken.push([point.x, point.y, point.x + 44, point.y + 14]); }
    var label = document.createElement("div");
    label.className = "map-label " + className;
    label.textContent = text;
    label.dir = "auto";
    L.DomUtil.setPosition(label, map.containerPointToLayerPoint(point).round());
    box.appendChild(label);
  }

  function place(map, items, taken, className, offset) {
    var size = map.getSize(), count = 0;
    ruler.font = "600 12px sans-serif";
    items.forEach(function (item) {
      if (!item.text || count >= MOST) { return; }
      var point = map.latLngToContainerPoint(item.at), width = Math.min(ruler.measureText(item.text).width, 190);
      var wanted = [point.x + offset, point.y - 9, point.x + offset + width + 6, point.y + 9];
      if (wanted[0] < 0 || wanted[1] < 0 || wanted[2] > size.x || wanted[3] > size.y || !free(taken, wanted)) { return; }
      taken.push(wanted);
      put(map, item.text, L.point(wanted[0], wanted[1]), className);
      count += 1;
    });
  }

  function draw(map, points, places, turn) {
    if (!box) { box = map.createPane("names"); box.style.zIndex = 620; box.style.pointerEvents = "none"; }
    box.textContent = "";
    var taken = points.length > 250 ? [] : points.map(function (item) {
      var point = map.latLngToContainerPoint(item.at);
      return [point.x - 10, point.y - 10, point.x + 10, point.y + 10];
    });
    grid(map, taken);
    if (points.length <= 250) { place(map, points, taken, "feature", 13); }
    place(map, places.map(function (item) {
      return { at: L.latLng(item[2], item[1] < 0 ? item[1] + turn : item[1]), text: item[0] };
    }), taken, "place", 2);
  }

  /* --------------------------------------------------------------- graticule */
  var STEPS = [30, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];
  function degrees(value, positive, negative, decimals) {
    var turned = positive === "E" ? ((value + 540) % 360 + 360) % 360 - 180 : value;
    return Math.abs(turned).toFixed(decimals) + "°" + (turned < 0 ? negative : positive);
  }

  function grid(map, taken) {
    var view = map.getBounds(), span = view.getEast() - view.getWest();
    var step = STEPS.find(function (item) { return span / item >= 5; }) || 0.001;
    var decimals = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)), all = [], lon, lat;
    for (lon = Math.ceil(view.getWest() / step) * step; lon < view.getEast(); lon += step) {
      all.push([[-85, lon], [85, lon]]);
      put(map, degrees(lon, "E", "W", decimals), L.point(map.latLngToContainerPoint([view.getNorth(), lon]).x + 3, 2), "grid", taken);
    }
    for (lat = Math.ceil(Math.max(view.getSouth(), -85) / step) * step; lat < Math.min(view.getNorth(), 85); lat += step) {
      all.push([[lat, view.getWest() - span], [lat, view.getEast() + span]]);
      put(map, degrees(lat, "N", "S", decimals), L.point(4, map.latLngToContainerPoint([lat, view.getWest()]).y + 1), "grid", taken);
    }
    lines.setLatLngs(all);
  }

  function graticule(map, renderer) {
    lines = L.polyline([], {
      renderer: renderer, interactive: false, color: "#8fa1b0", weight: 0.6, opacity: 0.55, noClip: false
    }).addTo(map);
  }

  function cursor(map) {
    var control = L.control({ position: "bottomleft" });
    control.onAdd = function () {
      var element = document.createElement("div");
      element.id = "cursor";
      element.hidden = true;
      map.on("mousemove", function (event) {
        element.hidden = false;
        element.textContent = degrees(event.latlng.lat, "N", "S", 5) + " " + degrees(event.latlng.lng, "E", "W", 5);
      });
      return element;
    };
    control.addTo(map);
  }

  return { draw: draw, graticule: graticule, cursor: cursor };
})();
