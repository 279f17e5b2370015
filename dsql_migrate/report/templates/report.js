// Opens what a link or a search points at. The page is whole without this.
(function () {
  "use strict";
  var tools = document.getElementById("ledger-tools");
  var text = document.getElementById("filter-text");
  var kind = document.getElementById("filter-disposition");
  var said = document.getElementById("filter-said");
  var groups = Array.prototype.slice.call(document.querySelectorAll("#ledger details"));

  function filter() {
    var words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    var wanted = kind.value;
    var active = words.length > 0 || wanted !== "";
    var total = 0;
    groups.forEach(function (group) {
      var hits = 0;
      group.querySelectorAll("tbody tr").forEach(function (row) {
        if (row._text === undefined) row._text = row.textContent.toLowerCase();
        var hit = (wanted === "" || row.dataset.d === wanted) &&
          words.every(function (word) { return row._text.indexOf(word) >= 0; });
        row.hidden = !hit;
        if (hit) hits += 1;
      });
      group.hidden = hits === 0;
      if (active) group.open = hits > 0 && hits <= 100;
      else group.open = false;
      total += hits;
    });
    said.textContent = active ? total.toLocaleString("en") + (total === 1 ? " entry" : " entries") : "";
  }

  function reveal() {
    var id = decodeURIComponent(location.hash.slice(1));
    var target = id && document.getElementById(id);
    for (var node = target; node; node = node.parentElement) {
      if (node.tagName === "DETAILS") node.open = true;
    }
    if (target) target.scrollIntoView();
  }

  if (tools) {
    tools.hidden = false;
    var timer = 0;
    var later = function () { clearTimeout(timer); timer = setTimeout(filter, 120); };
    text.addEventListener("input", later);
    kind.addEventListener("change", filter);
  }
  var closed = [];
  addEventListener("beforeprint", function () {
    closed = Array.prototype.slice.call(document.querySelectorAll("details.prints:not([open])"));
    closed.forEach(function (part) { part.open = true; });
  });
  addEventListener("afterprint", function () {
    closed.forEach(function (part) { part.open = false; });
  });
  addEventListener("hashchange", reveal);
  reveal();
})();
