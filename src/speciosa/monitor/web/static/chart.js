// Draws the chart of a person so that it can be pointed at. Without this script the picture from the server stays.
"use strict";

(() => {
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const alpha = (color, share) => `color-mix(in srgb, ${color} ${Math.round(share * 100)}%, transparent)`;

  // All series of uPlot share their times: what has none at a time is a gap there.
  const merge = (groups) => {
    const times = [...new Set(groups.flatMap((group) => group.x))].sort((a, b) => a - b);
    const place = new Map(times.map((time, at) => [time, at]));
    const columns = groups.flatMap((group) =>
      group.values.map((values) => {
        const column = new Array(times.length).fill(null);
        group.x.forEach((time, at) => { column[place.get(time)] = values[at]; });
        return column;
      }));
    return [times, ...columns];
  };

  const colors = () => new Map([
    ["population", style("--plot-population")], ["personal", style("--plot-personal")],
    ["forecast", style("--plot-forecast")], ["variant", style("--plot-variant")],
  ]);
  const labels = new Map([["population", "People like this"], ["personal", "Personal fit"], ["forecast", "Forecast"], ["variant", "Other variant"]]);

  const dates = (zone) => (_self, seconds) => new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit",
  }).format(new Date(seconds * 1000));

  const build = (place, course) => {
    const paint = colors();
    const groups = [];
    const series = [{ label: "Time", value: (self, seconds) => (seconds === null ? "-" : dates(course.zone)(self, seconds)) }];
    const bands = [];
    const shown = (value) => (value === null || value === undefined ? "-" : value.toFixed(1));
    const hidden = { stroke: null, width: 0, points: { show: false }, spanGaps: true };
    for (const ribbon of course.ribbons) {
      const color = paint.get(ribbon.name);
      const values = [ribbon.median];
      series.push({
        label: labels.get(ribbon.name), stroke: color, width: ribbon.name === "population" ? 1 : 2,
        dash: ribbon.name === "variant" ? [7, 4] : ribbon.name === "population" ? [2, 4] : undefined,
        points: { show: false }, spanGaps: true, value: (_self, value) => shown(value),
      });
      for (const [edges, share] of [[ribbon.outer, 0.16], [ribbon.inner, 0.26]]) {
        if (!edges[0].length) continue;
        const low = series.length;
        values.push(edges[0], edges[1]);
        const name = `${labels.get(ribbon.name)} ${share < 0.2 ? "90 %" : "50 %"}`;
        series.push({ ...hidden, label: `${name} low`, class: "u-off-legend" }, { ...hidden, label: `${name} high`, class: "u-off-legend" });
        bands.push({ series: [low + 1, low], fill: alpha(color, share) });
      }
      groups.push({ x: ribbon.x, values });
    }
    series.push({
      label: "Observed", stroke: style("--plot-point"), width: 0, paths: () => null,
      points: { show: true, size: 9, fill: style("--plot-point"), stroke: style("--surface"), width: 1.5 },
      value: (_self, value) => (value === null || value === undefined ? "-" : String(value)),
    });
    const sure = course.marks.filter((mark) => mark[1] === mark[2]);
    groups.push({ x: sure.map((mark) => mark[0]), values: [sure.map((mark) => mark[1])] });

    const draw = (self) => {
      const { ctx } = self;
      const ratio = devicePixelRatio;
      const { left, top, width, height } = self.bbox;
      const x = (seconds) => self.valToPos(seconds, "x", true);
      const y = (value) => self.valToPos(value, "y", true);
      ctx.save();
      ctx.font = `${11 * ratio}px Inter, system-ui, sans-serif`;
      ctx.lineWidth = ratio;
      for (const [value, name] of course.thresholds) {
        const at = y(value);
        if (at < top || at > top + height) continue;
        ctx.strokeStyle = style("--line-strong");
        ctx.setLineDash([5 * ratio, 4 * ratio]);
        ctx.beginPath(); ctx.moveTo(left, at); ctx.lineTo(left + width, at); ctx.stroke();
        ctx.setLineDash([]);
        ctx.fillStyle = style("--ink-soft");
        ctx.textAlign = "right";
        ctx.fillText(`${name} \u2265 ${value}`, left + width - 6 * ratio, at - 4 * ratio);
      }
      const now = x(course.now);
      if (now >= left && now <= left + width) {
        ctx.strokeStyle = ctx.fillStyle = style("--plot-now");
        ctx.lineWidth = 1.4 * ratio;
        ctx.beginPath(); ctx.moveTo(now, top); ctx.lineTo(now, top + height); ctx.stroke();
        ctx.textAlign = "left";
        ctx.fillText("now", now + 5 * ratio, top + 12 * ratio);
      }
      ctx.strokeStyle = style("--plot-point");
      ctx.lineWidth = 3 * ratio;
      for (const [seconds, low, high] of course.marks) {
        if (low === high || x(seconds) < left) continue;
        ctx.beginPath(); ctx.moveTo(x(seconds), y(low)); ctx.lineTo(x(seconds), y(high)); ctx.stroke();
      }
      ctx.lineWidth = 2 * ratio;
      for (const [seconds, basis] of course.ticks) {
        const at = x(seconds);
        if (at < left || at > left + width) continue;
        const base = top + height;
        ctx.strokeStyle = basis === "missed" ? style("--danger") : style("--plot-dose");
        ctx.setLineDash(basis === "reported" ? [2.4 * ratio, 2.4 * ratio] : []);
        ctx.beginPath();
        if (basis === "missed") {
          ctx.moveTo(at - 3 * ratio, base - 9 * ratio); ctx.lineTo(at + 3 * ratio, base - 3 * ratio);
          ctx.moveTo(at + 3 * ratio, base - 9 * ratio); ctx.lineTo(at - 3 * ratio, base - 3 * ratio);
        } else {
          ctx.moveTo(at, base - 11 * ratio); ctx.lineTo(at, base - 1 * ratio);
        }
        ctx.stroke();
      }
      ctx.restore();
    };

    const axis = { stroke: style("--ink-soft"), font: "11px Inter, system-ui, sans-serif", grid: { stroke: style("--line"), width: 1 }, ticks: { stroke: style("--line"), width: 1 } };
    const chart = new uPlot({
      width: place.clientWidth, height: Math.max(280, Math.min(400, place.clientWidth * 0.44)),
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), course.zone),
      scales: { x: { min: course.start, max: course.end }, y: { range: [0, course.top] } },
      axes: [{ ...axis, values: [
        [86400, "{D} {MMM}", null, null, null, null, null, null, 1],
        [3600, "{HH}:{mm}", "\n{D} {MMM}", null, "\n{D} {MMM}", null, null, null, 1],
        [60, "{HH}:{mm}", "\n{D} {MMM}", null, "\n{D} {MMM}", null, null, null, 1],
      ] }, { ...axis, label: course.scale, labelSize: 18, size: 40 }],
      series, bands, legend: { live: true, markers: { width: 2 } },
      cursor: { drag: { x: true, y: false }, points: { size: 7 } },
      hooks: { draw: [draw] },
    }, merge(groups), place);
    for (const row of place.querySelectorAll(".u-off-legend")) row.hidden = true;
    return chart;
  };

  const live = new Map();
  const start = (root) => {
    for (const holder of root.querySelectorAll("[data-course]")) {
      const data = holder.querySelector("script[type='application/json']");
      const picture = holder.querySelector("svg.chart");
      if (!data || !picture || holder.dataset.drawn) continue;
      holder.dataset.drawn = "yes";
      const place = document.createElement("div");
      holder.append(place);
      const course = JSON.parse(data.textContent);
      picture.style.display = "none";
      live.set(holder, { place, course, chart: build(place, course) });
    }
  };
  const again = () => {
    for (const [holder, item] of live) {
      if (!holder.isConnected) { item.chart.destroy(); live.delete(holder); continue; }
      item.chart.destroy();
      item.place.replaceChildren();
      item.chart = build(item.place, item.course);
    }
  };
  start(document);
  document.body.addEventListener("htmx:afterSwap", () => { again(); start(document); });
  let waiting = 0;
  window.addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(again, 150); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
})();
