"use strict";
// Step names and titles are foreign text: they go on the page as text, never as markup.
(async () => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const sheet = read("sheet");
  const spec = read("spec");
  const rows = spec.datasets.points;
  const at = (id) => document.getElementById(id);

  const made = (tag, text = "", name = "") => {
    const element = document.createElement(tag);
    element.textContent = text;
    element.className = name;
    return element;
  };
  const digits = (value, most) => value.toLocaleString("en", { maximumFractionDigits: most });
  const dollars = (value) =>
    "$" + (value === 0 || value >= 1 ? value.toFixed(2) : value.toPrecision(3));
  const percent = (value) => digits(value * 100, value > 0.99 || value < 0.01 ? 3 : 2) + " %";
  const seconds = (value) => digits(value, value < 10 ? 2 : 1) + " s";
  const minutes = (value) => digits(value, 2) + " min";

  const FIGURES = {
    success: ["Reliability", percent],
    latency_p95_s: ["95 % of runs within", seconds],
    latency_mean_s: ["Mean time", seconds],
    cost_usd: ["Mean cost", dollars],
    human_minutes: ["People", minutes],
  };
  // Each limit: what is shown of it, whether more is better, and which plans keep it.
  const LIMITS = [
    ["success", "Reliability at least", true],
    ["latency_p95_s", "95 % of runs within", false],
    ["cost_usd", "Mean cost at most", false],
    ["human_minutes", "People's time at most", false],
  ];
  const AIMS = [
    ["cost_usd", "cheapest", 1],
    ["latency_p95_s", "fastest", 1],
    ["success", "most reliable", -1],
  ];

  const value = (figure) => (plan) => sheet.plans[plan][figure][0];
  const everyPlan = sheet.plans.map((_, plan) => plan);
  const steps = (figure) => [...new Set(everyPlan.map(value(figure)))].sort((a, b) => a - b);

  let view = null;
  let aim = 0;
  let picked = sheet.chosen;
  const limits = LIMITS.map(([figure, label, more]) => ({
    figure, label, more, choices: steps(figure), input: null, output: null,
  })).filter((limit) => limit.choices.length > 1);

  const bound = (limit) => limit.choices[Number(limit.input.value)];
  const keeps = (plan) =>
    limits.every((limit) => {
      const there = value(limit.figure)(plan);
      return limit.more ? there >= bound(limit) : there <= bound(limit);
    });

  // The best of those within: by what is looked for, and by cost and reliability among equals.
  const best = (plans) => {
    const [figure, , sign] = AIMS[aim];
    const keys = [[figure, sign], ["cost_usd", 1], ["success", -1]];
    const before = (a, b) => {
      for (const [key, way] of keys) {
        const apart = way * (value(key)(a) - value(key)(b));
        if (apart !== 0) return apart < 0;
      }
      return false;
    };
    return plans.reduce((least, plan) => (before(plan, least) ? plan : least));
  };

  const refreshed = () => {
    for (const limit of limits) {
      limit.output.textContent = FIGURES[limit.figure][1](bound(limit));
    }
    const within = everyPlan.filter(keeps);
    at("status").textContent = within.length
      ? `${within.length} of ${everyPlan.length} plans keep these limits.`
      : "No plan keeps all of these limits.";
    return within;
  };

  const redrawn = () => {
    if (!view) return;
    const drawn = rows.map((row) => ({
      ...row, within: keeps(row.plan), picked: row.plan === picked,
    }));
    view.data("points", drawn).run();
  };

  const limited = () => {
    const within = refreshed();
    if (within.length) opened(best(within));
    else redrawn();
  };

  const tile = (figure) => {
    const [label, shown] = FIGURES[figure];
    const [middle, low, high] = sheet.plans[picked][figure];
    const box = made("div");
    const answer = made("dd");
    answer.append(made("div", shown(middle), "value"));
    const ends = [shown(low), shown(high)];
    if (ends[0] !== ends[1]) answer.append(made("div", ends.join(" to "), "range"));
    box.append(made("dt", label), answer);
    return box;
  };

  // On a narrow screen there is no head, and each cell says itself what it is.
  const cellOf = (label, text, name) => {
    const cell = made("td", text, name);
    cell.dataset.label = label;
    return cell;
  };

  const bar = (label, text, most, ...parts) => {
    const cell = cellOf(label, text, "bar");
    const track = made("div", "", "track");
    for (const [name, amount] of parts) {
      const piece = made("i", "", name);
      piece.style.width = most > 0 ? `${(100 * amount) / most}%` : "0";
      track.append(piece);
    }
    cell.append(track);
    return cell;
  };

  const treatment = (part, reason) => {
    const cell = made("td", part.how, "how");
    if (reason) cell.append(made("div", reason, "reason"));
    return cell;
  };

  const partsOf = (plan) => sheet.plans[plan].parts.map((at, step) => sheet.treatments[step][at]);

  const opened = (plan) => {
    picked = plan;
    const parts = partsOf(plan);
    const spent = (part) => part.work_usd + part.check_usd;
    const mostSpent = Math.max(...parts.map(spent));
    const mostRisk = Math.max(...parts.map((part) => part.risk));
    at("which").textContent =
      plan === sheet.chosen ? "The chosen plan" : `Plan ${plan + 1} of ${sheet.plans.length}`;
    at("tiles").replaceChildren(...Object.keys(FIGURES).map(tile));
    at("steps").replaceChildren(
      ...parts.map((part, step) => {
        const row = made("tr");
        row.append(
          made("td", sheet.steps[step], "step"),
          treatment(part, plan === sheet.chosen ? sheet.reasons[step] : ""),
          bar(
            "spends", dollars(spent(part)), mostSpent,
            ["work", part.work_usd], ["checks", part.check_usd],
          ),
          bar("risks", percent(part.risk), mostRisk, ["risk", part.risk]),
          cellOf("takes", seconds(part.latency_s), "number"),
          cellOf("people", minutes(part.human_minutes), "number people"),
        );
        return row;
      }),
    );
    at("advice").hidden = plan !== sheet.chosen;
    at("toml").textContent = parts.map((part) => part.toml).join("\n");
    redrawn();
  };

  const reset = () => {
    for (const limit of limits) {
      limit.input.value = limit.more ? 0 : limit.choices.length - 1;
    }
    refreshed();
    opened(sheet.chosen);
  };

  for (const word of sheet.asked) at("asked").append(made("span", word));
  for (const word of sheet.advice) at("advice").append(made("li", word));
  for (const word of sheet.assumes) at("assumes").append(made("li", word));
  const nobody = sheet.treatments.flat().every((part) => part.human_minutes === 0);
  document.body.classList.toggle("nobody", nobody);

  AIMS.forEach(([, label], place) => {
    const button = made("button", label);
    button.type = "button";
    button.setAttribute("role", "radio");
    button.setAttribute("aria-checked", String(place === aim));
    button.addEventListener("click", () => {
      aim = place;
      for (const [other, one] of [...at("aims").children].entries()) {
        one.setAttribute("aria-checked", String(other === aim));
      }
      limited();
    });
    at("aims").append(button);
  });

  limits.forEach((limit, place) => {
    const box = made("div", "", "slider");
    const label = made("label", limit.label);
    limit.output = made("output");
    limit.input = made("input");
    Object.assign(limit.input, {
      type: "range", id: `limit-${place}`, min: 0, max: limit.choices.length - 1, step: 1,
    });
    label.htmlFor = limit.input.id;
    label.append(limit.output);
    box.append(label, limit.input);
    limit.input.addEventListener("input", limited);
    at("sliders").append(box);
  });
  at("reset").addEventListener("click", reset);
  reset();

  const drawn = await vegaEmbed("#chart", spec, { actions: false, renderer: "svg" });
  view = drawn.view;
  view.addSignalListener("hit", (_, hit) => {
    if (hit.plan?.length) opened(hit.plan[0]);
  });
  redrawn();
})();
