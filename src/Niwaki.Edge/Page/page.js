// One page, no library, no other host. Everything that is shown comes from this device's own answers.
const $ = id => document.getElementById(id);
const cameraPause = 250, driftPause = 2000, cameraSide = 1280;
const shown = new Set();
let classes = [], labels = null, areas = new Map(), sending = false, stream = null;

const percent = share => share >= 0.9995 ? '100 %' : share >= 0.1 ? `${(share * 100).toFixed(0)} %` : share > 0 && share < 0.001 ? '<0.1 %' : `${(share * 100).toFixed(1)} %`;
const milliseconds = value => value == null ? '–' : `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;

function say(text, bad = false) {
  $('message').textContent = text;
  $('message').classList.toggle('bad', bad);
}

async function ask(path, init = {}) {
  for (;;) {
    const token = sessionStorage.getItem('token');
    const headers = new Headers(init.headers);
    if (token) headers.set('Authorization', `Bearer ${token}`);
    const answer = await fetch(path, { ...init, headers });
    if (answer.status !== 401) return answer;
    if (!await askForToken()) throw new Error('This server asks for a token.');
  }
}

let asking = null;
function askForToken() {
  return asking ??= new Promise(done => {
    const dialog = $('ask');
    dialog.addEventListener('close', () => {
      const token = $('token').value.trim();
      if (token) sessionStorage.setItem('token', token);
      $('token').value = '';
      asking = null;
      done(token.length > 0);
    }, { once: true });
    dialog.showModal();
  });
}

async function problemOf(answer) {
  try { return (await answer.json()).detail; } catch { return `The server answered ${answer.status}.`; }
}

async function begin() {
  const answer = await ask('/v1/model');
  if (!answer.ok) throw new Error(await problemOf(answer));
  const model = await answer.json();
  document.title = `${model.bundle} – Niwaki`;
  $('name').textContent = model.bundle;
  $('revision').textContent = `revision ${model.revision}`;
  $('about').textContent = `${model.classes.length} classes, ${model.width}×${model.height}, ${model.engine}, ${model.threads} thread${model.threads === 1 ? '' : 's'}, ${model.trust === 'verified' ? 'signature verified' : model.trust}`;
  classes = model.classes.map(each => ({ ...each, rgb: [1, 3, 5].map(at => parseInt(each.color.slice(at, at + 2), 16)) }));
  for (const each of classes) shown.add(each.index);
  listClasses();
  $('state').textContent = 'ready';
  $('state').className = 'state good';
  if (model.watched) watch(); else $('driftText').textContent = 'This bundle has no reference statistics, so that nothing is watched.';
}

function listClasses() {
  const list = $('classes');
  list.replaceChildren(...classes.map(each => {
    const item = document.createElement('li'), label = document.createElement('label'), box = document.createElement('input'), swatch = document.createElement('i'), name = document.createElement('span'), area = document.createElement('b');
    box.type = 'checkbox';
    box.checked = shown.has(each.index);
    box.dataset.index = each.index;
    box.addEventListener('change', () => { if (box.checked) shown.add(each.index); else shown.delete(each.index); paint(); });
    swatch.style.background = each.color;
    name.textContent = each.name.replaceAll('_', ' ');
    item.dataset.index = each.index;
    label.append(box, swatch, name, area);
    item.append(label);
    return item;
  }));
  listAreas();
}

function listAreas() {
  for (const item of $('classes').children) {
    const area = areas.get(Number(item.dataset.index)) ?? 0;
    item.querySelector('b').textContent = labels ? percent(area) : '';
    item.classList.toggle('absent', labels !== null && area === 0);
  }
}

function showAll(all) {
  shown.clear();
  if (all) for (const each of classes) shown.add(each.index);
  for (const box of $('classes').querySelectorAll('input')) box.checked = all;
  paint();
}

// the labels in colour, on a canvas of their own, so that opacity and toggles cost no request
function paint() {
  if (!labels) return;
  const canvas = $('overlay'), context = canvas.getContext('2d');
  [canvas.width, canvas.height] = [labels.width, labels.height];
  const colours = new Uint32Array(256);
  for (const each of classes) if (shown.has(each.index)) colours[each.index] = (255 << 24 | each.rgb[2] << 16 | each.rgb[1] << 8 | each.rgb[0]) >>> 0;
  const image = context.createImageData(labels.width, labels.height), pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) pixels[i] = colours[labels.data[i]];
  context.putImageData(image, 0, 0);
  canvas.style.opacity = $('opacity').value / 100;
}

async function labelsOf(base64, width, height) {
  const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }), { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
  const canvas = new OffscreenCanvas(width, height), context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const rgba = context.getImageData(0, 0, width, height).data, data = new Uint8Array(width * height);
  for (let i = 0; i < data.length; i++) data[i] = rgba[4 * i];
  return { width, height, data };
}

async function send(blob, picture) {
  if (sending) return;
  sending = true;
  $('drop').classList.add('busy');
  const begun = performance.now();
  try {
    const type = ['image/jpeg', 'image/png', 'image/webp'].includes(blob.type) ? blob.type : 'application/octet-stream';
    const answer = await ask(`/v1/segment?view=json&labels=1&watch=${$('watched').checked ? 1 : 0}`, { method: 'POST', body: blob, headers: { 'Content-Type': type } });
    if (!answer.ok) {
      say(await problemOf(answer), true);
      return;
    }

    const result = await answer.json(), took = performance.now() - begun;
    const next = await labelsOf(result.labels, result.width, result.height);
    await picture(result);
    labels = next;
    areas = new Map(result.classes.map(each => [each.index, each.area]));
    for (const id of ['picture', 'overlay']) $(id).hidden = false;
    $('hint').hidden = true;
    $('drop').classList.add('full');
    paint();
    listAreas();
    tell(result, took);
    const largest = result.classes[0];
    say(`${result.width}×${result.height}: mostly ${largest.name.replaceAll('_', ' ')} (${percent(largest.area)}).${result.watch?.foreign ? ' The model has not seen such pictures before.' : result.watch?.unsure ? ' The model is unsure.' : ''}`);
  } catch (problem) {
    say(problem.message === 'Failed to fetch' ? 'The server cannot be reached.' : problem.message, true);
  } finally {
    sending = false;
    $('drop').classList.remove('busy');
  }
}

function tell(result, took) {
  const time = result.milliseconds;
  const rows = [['Round trip', milliseconds(took)], ['Decode', milliseconds(time.decode)], ['Prepare', milliseconds(time.prepare)], ['Engine', milliseconds(time.engine)], ['Labels', milliseconds(time.restore)], ['Watch', milliseconds(time.statistics)]];
  if (result.confidence != null) rows.push(['Mean confidence', percent(result.confidence)], ['Entropy', percent(result.entropy)]);
  if (result.watch) rows.push(['Strangeness', result.watch.strangeness ?? '∞']);
  $('times').replaceChildren(...rows.flatMap(([name, value]) => {
    const dt = document.createElement('dt'), dd = document.createElement('dd');
    [dt.textContent, dd.textContent] = [name, value];
    return [dt, dd];
  }));
}

async function open(file) {
  stopCamera();
  await send(file, async result => {
    const bitmap = await createImageBitmap(file), canvas = $('picture');
    [canvas.width, canvas.height] = [result.width, result.height];
    canvas.getContext('2d').drawImage(bitmap, 0, 0, result.width, result.height);
    bitmap.close();
  });
}

async function startCamera() {
  if (!navigator.mediaDevices?.getUserMedia) {
    say('A browser gives its camera to pages of this machine (localhost) or over TLS alone.', true);
    return;
  }

  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: cameraSide }, facingMode: 'environment' }, audio: false });
  } catch (problem) {
    say(`The camera cannot be used (${problem.message}).`, true);
    return;
  }

  $('camera').setAttribute('aria-pressed', 'true');
  const video = $('video');
  video.srcObject = stream;
  await video.play();
  const frame = new OffscreenCanvas(1, 1);
  while (stream) {
    const begun = performance.now(), scale = Math.min(1, cameraSide / Math.max(video.videoWidth, video.videoHeight, 1));
    if (video.videoWidth > 0) {
      [frame.width, frame.height] = [Math.round(video.videoWidth * scale), Math.round(video.videoHeight * scale)];
      frame.getContext('2d').drawImage(video, 0, 0, frame.width, frame.height);
      await send(await frame.convertToBlob({ type: 'image/jpeg', quality: 0.85 }), async result => {
        const canvas = $('picture');
        [canvas.width, canvas.height] = [result.width, result.height];
        canvas.getContext('2d').drawImage(frame, 0, 0);
      });
    }

    await new Promise(done => setTimeout(done, Math.max(0, cameraPause - (performance.now() - begun))));
  }
}

function stopCamera() {
  if (!stream) return;
  for (const track of stream.getTracks()) track.stop();
  stream = null;
  $('video').srcObject = null;
  $('camera').setAttribute('aria-pressed', 'false');
}

async function watch() {
  for (;;) {
    try {
      const answer = await ask('/v1/drift');
      if (answer.ok) draw(await answer.json());
      const ready = await fetch('/readyz');
      if (ready.ok && !$('alarm').hidden) continue;
      $('state').textContent = ready.ok ? 'ready' : 'not ready';
      $('state').className = `state ${ready.ok ? 'good' : 'bad'}`;
    } catch {
      $('state').textContent = 'not reachable';
      $('state').className = 'state bad';
    } finally {
      await new Promise(done => setTimeout(done, driftPause));
    }
  }
}

function draw(drift) {
  $('driftText').textContent = `${drift.device}: ${drift.frames} frames watched since ${new Date(drift.since).toLocaleString()}; ${drift.windows} windows of ${drift.window} frames compared, ${drift.exceeding} beyond a threshold; ${drift.open} frames in the next one; ${drift.kept} kept for labelling. Requests take ${milliseconds(drift.milliseconds.p50)} (p99 ${milliseconds(drift.milliseconds.p99)}).`;
  $('alarm').hidden = !drift.alarm;
  if (drift.alarm) {
    $('alarm').textContent = `What the camera sees has changed (since ${new Date(drift.alarm.raised).toLocaleString()}): ${reasons(drift.alarm)}. Look at the kept frames before you believe the labels.`;
    $('state').textContent = 'alarm';
    $('state').className = 'state bad';
  }

  // windows of a camera that stands still are judged by another statistic than the others
  const statistics = [...new Set(drift.recent.flatMap(window => window.values.map(each => each.statistic)))];
  $('charts').replaceChildren(...statistics.map(name => chart(name, drift.recent.map(window => window.values.find(each => each.statistic === name)).filter(each => each))));
  $('alarms').replaceChildren(...drift.alarms.toReversed().map(each => {
    const item = document.createElement('li');
    item.textContent = `${new Date(each.raised).toLocaleString()}${each.cleared ? ` to ${new Date(each.cleared).toLocaleString()}` : ', lasting'}: ${reasons(each)}`;
    item.classList.toggle('lasting', !each.cleared);
    return item;
  }));
}

const names = { 'psi-confidence': 'Confidence, PSI', 'psi-entropy': 'Entropy, PSI', 'psi-areas': 'Areas of classes, PSI', 'ks-confidence': 'Confidence, KS', 'ks-entropy': 'Entropy, KS', mmd: 'Features, MMD', strangeness: 'Strangeness' };

// of an alarm, in words
function reasons(alarm) {
  return alarm.message.replace(/^drift alarm \d+: /, '').replaceAll(/[a-z]+(-[a-z]+)*(?= -?[\d.]+ \()/g, name => names[name] ?? name);
}

function chart(name, values) {
  const figure = document.createElement('figure'), caption = document.createElement('figcaption'), title = document.createElement('span'), number = document.createElement('b');
  const last = values.at(-1), [width, height] = [300, 100], top = Math.max(1.4 * last.threshold, ...values.map(each => each.value)) || 1;
  const x = at => values.length < 2 ? width / 2 : 6 + at * (width - 12) / (values.length - 1), y = value => height - 4 - Math.max(0, value) / top * (height - 8);
  title.textContent = names[name] ?? name;
  number.textContent = last.value.toFixed(3).replace('-', '−');
  const limit = document.createElement('small');
  limit.textContent = ` of ${last.threshold.toFixed(3)}`;
  number.append(limit);
  number.classList.toggle('bad', last.value > last.threshold);
  caption.append(title, number);
  const svg = element('svg', { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': `${names[name] ?? name}: ${last.value.toFixed(3)}, at most ${last.threshold.toFixed(3)}` });
  svg.append(element('line', { class: 'limit', x1: 0, x2: width, y1: y(last.threshold), y2: y(last.threshold) }));
  svg.append(element('polyline', { class: 'curve', points: values.map((each, at) => `${x(at).toFixed(1)},${y(each.value).toFixed(1)}`).join(' ') }));
  values.forEach((each, at) => { if (each.value > each.threshold || values.length === 1) svg.append(element('circle', { cx: x(at), cy: y(each.value), r: 3.5 })); });
  figure.append(caption, svg);
  return figure;
}

function element(name, attributes) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

const drop = $('drop');
drop.addEventListener('click', () => $('file').click());
drop.addEventListener('keydown', event => { if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); $('file').click(); } });
drop.addEventListener('dragover', event => { event.preventDefault(); drop.classList.add('over'); });
drop.addEventListener('dragleave', () => drop.classList.remove('over'));
drop.addEventListener('drop', event => {
  event.preventDefault();
  drop.classList.remove('over');
  if (event.dataTransfer.files[0]) open(event.dataTransfer.files[0]);
});
drop.addEventListener('pointermove', event => {
  const pointer = $('pointer'), box = $('picture').getBoundingClientRect();
  if (!labels || !box.width) return;
  const scale = Math.min(box.width / labels.width, box.height / labels.height);
  const x = Math.floor((event.clientX - box.left - (box.width - labels.width * scale) / 2) / scale), y = Math.floor((event.clientY - box.top - (box.height - labels.height * scale) / 2) / scale);
  pointer.hidden = x < 0 || y < 0 || x >= labels.width || y >= labels.height;
  if (pointer.hidden) return;
  pointer.textContent = classes[labels.data[y * labels.width + x]]?.name.replaceAll('_', ' ') ?? '';
  const around = drop.getBoundingClientRect();
  pointer.style.left = `${Math.min(event.clientX - around.left + 14, around.width - pointer.offsetWidth - 4)}px`;
  pointer.style.top = `${Math.max(4, event.clientY - around.top - 30)}px`;
});
drop.addEventListener('pointerleave', () => { $('pointer').hidden = true; });
document.addEventListener('dragover', event => event.preventDefault());
document.addEventListener('drop', event => event.preventDefault());
document.addEventListener('paste', event => { const file = [...event.clipboardData.files].find(each => each.type.startsWith('image/')); if (file) open(file); });
document.addEventListener('keydown', event => { if (event.key === 'Escape') stopCamera(); });
$('file').addEventListener('change', () => { if ($('file').files[0]) open($('file').files[0]); $('file').value = ''; });
$('file').addEventListener('click', event => event.stopPropagation());
$('choose').addEventListener('click', () => $('file').click());
$('camera').addEventListener('click', () => stream ? stopCamera() : startCamera());
$('all').addEventListener('click', () => showAll(true));
$('none').addEventListener('click', () => showAll(false));
$('opacity').addEventListener('input', () => {
  const text = `${$('opacity').value} %`;
  $('opacityText').textContent = text;
  $('opacity').setAttribute('aria-valuetext', text);
  $('overlay').style.opacity = $('opacity').value / 100;
});

begin().catch(problem => {
  $('state').textContent = 'not reachable';
  $('state').className = 'state bad';
  say(problem.message, true);
});
