/**
 * The report's page in Eta's notation: `<%= %>` escapes, `<%~ %>` inserts as it is and is used only for the
 * style sheet and the charts, which escape what they hold themselves.
 */
export const pageTemplate = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title><%= it.title %></title>
<style><%~ it.style %></style>
</head>
<body>
<header>
<p class="eyebrow"><%= it.eyebrow %></p>
<h1><% for (const sentence of it.headline) { %><span class="sentence"><% for (const part of sentence) { %><% if (part.startsWith('(')) { %><span class="keep"><%= part %></span><% } else { %><%= part %><% } %><% } %></span> <% } %></h1>
<% for (const sentence of it.findings) { %><p class="finding"><% for (const part of sentence) { %><% if (part.startsWith('(')) { %><span class="keep"><%= part %></span><% } else { %><%= part %><% } %><% } %></p>
<% } %><p class="sub"><%= it.subline %></p>
<% for (const alert of it.alerts) { %><p class="alert" role="note"><%= alert %></p>
<% } %></header>
<main>
<section id="results">
<h2>Results</h2>
<% if (it.evaluations.length === 0) { %><p>No evaluation was made in this run.</p>
<% } else { %><figure>
<div class="wide"><%~ it.evaluationPlots.wide %></div>
<div class="narrow"><%~ it.evaluationPlots.narrow %></div>
<figcaption>Top-1 accuracy; bars are 95 % intervals.<% if (it.missingFloors) { %> <%= it.missingFloors %><% } %></figcaption>
</figure>
<div class="scroll"><table>
<thead><tr><th>Evaluation</th><th>Encoder</th><th class="number">Top-1</th><th class="number">95 % interval</th><th class="number">Images</th></tr></thead>
<tbody>
<% for (const row of it.evaluations) { %><tr<% if (row.ours) { %> class="ours"<% } %>><td><%= row.name %></td><td><%= row.subject %></td><td class="number"><%= row.top1 %></td><td class="number"><%= row.interval %></td><td class="number"><%= row.n %></td></tr>
<% } %></tbody>
</table></div>
<details>
<summary>How this was measured</summary>
<% for (const protocol of it.protocols) { %><h3><%= protocol.title %></h3>
<p><%= protocol.description %></p>
<% if (protocol.settings) { %><p class="note"><%= protocol.settings %></p>
<% } } %></details>
<% } %></section>
<% if (it.start) { %><section id="start">
<h2>Starting weights</h2>
<dl>
<% for (const row of it.start.rows) { %><dt><%= row.name %></dt><dd><%= row.value %></dd>
<% } %></dl>
<% for (const note of it.start.notes) { %><p class="note"><%= note %></p>
<% } %></section>
<% } %><section id="training">
<h2>Training</h2>
<dl class="facts">
<% for (const fact of it.facts) { %><div><dt><%= fact.name %></dt><dd><%= fact.value %><% if (fact.note) { %><small><%= fact.note %></small><% } %></dd></div>
<% } %></dl>
<% if (it.charts.length === 0) { %><p>No step was recorded, so there are no curves.</p>
<% } else { %><div class="charts">
<% for (const chart of it.charts) { %><figure><figcaption><%= chart.title %><% if (chart.note) { %><small><%= chart.note %></small><% } %></figcaption><%~ chart.svg %></figure>
<% } %></div>
<% } %></section>
<% if (it.sampleViews) { %><section id="views">
<h2>Sample views</h2>
<figure><img class="views" src="<%= it.sampleViews.dataUri %>" alt="<%= it.sampleViews.caption %>"><figcaption><%= it.sampleViews.caption %></figcaption></figure>
</section>
<% } %><section id="warnings">
<h2>Warnings and skipped images</h2>
<% if (it.warnings.length === 0 && it.skipped.length === 0) { %><p>None.</p>
<% } if (it.warnings.length > 0) { %><div class="scroll"><table>
<thead><tr><th>Step</th><th>Warning</th></tr></thead>
<tbody>
<% for (const row of it.warnings) { %><tr><td><%= row.step %></td><td><%= row.message %><% if (row.hint) { %><br><span class="note"><%= row.hint %></span><% } %></td></tr>
<% } %></tbody>
</table></div>
<% } if (it.skipped.length > 0) { %><div class="scroll"><table>
<thead><tr><th>Skipped image</th><th>Reason</th></tr></thead>
<tbody>
<% for (const row of it.skipped) { %><tr><td><code><%= row.name %></code></td><td><%= row.reason %></td></tr>
<% } %></tbody>
</table></div>
<% } if (it.more) { %><p class="note"><%= it.more %></p>
<% } %></section>
<section id="checkpoints">
<h2>Checkpoints</h2>
<% if (it.checkpoints.length === 0) { %><p>None was written.</p>
<% } else { %><div class="scroll"><table>
<thead><tr><th>Step</th><th>Epoch</th><th>File</th><th class="number">Size</th></tr></thead>
<tbody>
<% for (const row of it.checkpoints) { %><tr><td><%= row.step %></td><td><%= row.epoch %></td><td><code><% row.path.forEach((name, i) => { %><% if (i > 0) { %>/<wbr><% } %><%= name %><% }) %></code></td><td class="number"><%= row.size %></td></tr>
<% } %></tbody>
</table></div>
<% } %></section>
<% if (it.exports) { %><section id="exports">
<h2>Exported encoder</h2>
<p><a href="<%= it.exports.card %>">Model card</a>, with the code that loads the files.</p>
<ul>
<% for (const file of it.exports.files) { %><li><%= file.format %>: <a href="<%= file.path %>"><code><%= file.path %></code></a></li>
<% } %></ul>
</section>
<% } %><section id="configuration">
<h2>Configuration</h2>
<pre tabindex="0"><%= it.config %></pre>
</section>
<section id="environment">
<h2>Environment</h2>
<dl>
<% for (const row of it.environment) { %><dt><%= row.name %></dt><dd><%= row.value %></dd>
<% } %></dl>
</section>
</main>
<footer><%= it.footer %></footer>
</body>
</html>
`;
