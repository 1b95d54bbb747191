// Every endpoint of Toxiproxy's API, driven by the client that Node projects use, against the
// server at $TOXIPROXY_URL (started with --metrics). What the client does not cover is asked for
// with fetch. Run by ../proxy_api.py.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { Toxiproxy, ToxiproxyError } from 'toxiproxy-node-client';

const url = process.env.TOXIPROXY_URL;
const client = new Toxiproxy(url);
let upstream;         // an echo server
let upstreamAddress;

before(async () => {
  upstream = net.createServer((socket) => socket.pipe(socket).on('error', () => {}));
  await new Promise((done) => upstream.listen(0, '127.0.0.1', done));
  upstreamAddress = `127.0.0.1:${upstream.address().port}`;
});
after(() => upstream.close());
beforeEach(async () => {
  for (const proxy of Object.values(await client.getAll())) await proxy.remove();
});

const create = (name = 'echo') =>
  client.createProxy({ name, listen: 'localhost:0', upstream: upstreamAddress });

function connect(address) {
  const [host, port] = address.split(':');
  return new Promise((done, fail) => {
    const socket = net.connect(Number(port), host, () => done(socket));
    socket.on('error', fail);
  });
}

// Sends a text through the proxy and waits until it has come back; the milliseconds it took.
async function echo(address, text = 'hello') {
  const socket = await connect(address);
  const began = performance.now();
  socket.write(text);
  const back = await new Promise((done, fail) => {
    let got = '';
    socket.on('data', (data) => { got += data; if (got.length >= text.length) done(got); });
    socket.on('close', () => fail(new Error(`closed after ${JSON.stringify(got)}`)));
  });
  const took = performance.now() - began;
  socket.destroy();
  assert.equal(back, text);
  return took;
}

async function call(method, path, body, headers = {}) {
  const answer = await fetch(url + path, {
    method, headers, body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await answer.text();
  assert.ok(answer.headers.get('x-toxiproxy-request-id'), `${method} ${path}: a request id`);
  return { status: answer.status, type: answer.headers.get('content-type'), text };
}

async function refuses(method, path, body, status, error) {
  assert.deepEqual(await call(method, path, body), {
    status, type: 'text/plain; charset=utf-8', text: `${JSON.stringify({ error, status })}\n`,
  });
}

const fails = (promise, status) => assert.rejects(promise, (error) =>
  error instanceof ToxiproxyError && error.message.includes(String(status)));

test('GET /version says a plain release, and whose server it is in a header', async () => {
  assert.equal(await client.getVersion(), '{"version": "2.12.0"}\n');
  const answer = await fetch(`${url}/version`);
  assert.match(answer.headers.get('x-gameday-version'), /^\d+\.\d+\.\d+/);
});

test('a proxy is created, relays bytes, is found, listed and removed', async () => {
  assert.deepEqual(await client.getAll(), {});
  const proxy = await create();
  assert.match(proxy.listen, /^127\.0\.0\.1:[1-9]\d*$/);
  assert.deepEqual(proxy.toJson(),
    { name: 'echo', listen: proxy.listen, upstream: upstreamAddress, enabled: true });
  await echo(proxy.listen, 'x'.repeat(200_000));
  assert.deepEqual((await client.get('echo')).toJson(), proxy.toJson());
  assert.deepEqual(Object.keys(await client.getAll()), ['echo']);
  await proxy.remove();
  await assert.rejects(connect(proxy.listen), { code: 'ECONNREFUSED' });
  await fails(client.get('echo'), 404);
});

test('a disabled proxy refuses and closes, an enabled one works again at its address', async () => {
  const proxy = await create();
  const live = await connect(proxy.listen);
  const closed = new Promise((done) => live.on('close', done));
  const disabled = await proxy.update({ enabled: false });
  assert.equal(disabled.enabled, false);
  await closed;
  await assert.rejects(connect(proxy.listen), { code: 'ECONNREFUSED' });
  assert.deepEqual((await proxy.update({ enabled: true })).toJson(), proxy.toJson());
  await echo(proxy.listen);
});

test('PATCH and POST move a proxy; its own address in another form does not', async () => {
  const proxy = await create();
  const port = proxy.listen.split(':')[1];
  const live = await connect(proxy.listen);
  assert.equal((await call('PATCH', '/proxies/echo', { listen: `localhost:${port}` })).status, 200);
  live.write('still here');
  assert.equal(String(await new Promise((done) => live.on('data', done))), 'still here');
  live.destroy();
  const moved = await proxy.update({ listen: 'localhost:0' });
  assert.notEqual(moved.listen, proxy.listen);
  await assert.rejects(connect(proxy.listen), { code: 'ECONNREFUSED' });
  await echo(moved.listen);
});

test('a latency toxic is added, delays, is changed, read and removed', async () => {
  const proxy = await create();
  const toxic = await proxy.addToxic(
    { type: 'latency', name: '', stream: 'downstream', toxicity: 1, attributes: { latency: 150, jitter: 0 } });
  assert.deepEqual(toxic.toJson(), {
    name: 'latency_downstream', type: 'latency', stream: 'downstream', toxicity: 1,
    attributes: { latency: 150, jitter: 0 },
  });
  assert.ok(await echo(proxy.listen) >= 149, 'an echo takes the latency');
  const changed = await toxic.update({ toxicity: 1, attributes: { latency: 300 } });
  assert.deepEqual(changed.attributes, { latency: 300, jitter: 0 });
  assert.deepEqual((await proxy.getToxic('latency_downstream')).toJson(), changed.toJson());
  assert.ok(await echo(proxy.listen) >= 299, 'an echo takes the new latency');
  await toxic.remove();
  await fails(proxy.getToxic('latency_downstream'), 404);
  await echo(proxy.listen);
});

test('every type of toxic is taken in both streams, listed upstream first', async () => {
  const proxy = await create();
  const types = {
    latency: { latency: 1, jitter: 0 }, bandwidth: { rate: 100 }, slow_close: { delay: 1 },
    timeout: { timeout: 1000 }, reset_peer: { timeout: 1000 },
    slicer: { average_size: 100, size_variation: 10, delay: 1 }, limit_data: { bytes: 1000 }, noop: {},
  };
  for (const stream of ['downstream', 'upstream']) {
    for (const [type, attributes] of Object.entries(types)) {
      const toxic = await proxy.addToxic({ type, stream, toxicity: 0.5, attributes });
      assert.deepEqual(toxic.toJson(),
        { name: `${type}_${stream}`, type, stream, toxicity: 0.5, attributes });
    }
  }
  const { data } = await client.getApi().get(`${url}/proxies/echo/toxics`);
  assert.deepEqual(data.map((toxic) => toxic.name), ['upstream', 'downstream'].flatMap(
    (stream) => Object.keys(types).map((type) => `${type}_${stream}`)));
  await client.reset();
  assert.deepEqual((await client.getApi().get(`${url}/proxies/echo/toxics`)).data, []);
});

test('populate creates, leaves alone what is the same, replaces what is not', async () => {
  const first = await client.populate([
    { name: 'a', listen: 'localhost:0', upstream: upstreamAddress },
    { name: 'b', listen: 'localhost:0', upstream: upstreamAddress, enabled: false },
  ]);
  assert.deepEqual(Object.keys(first), ['a', 'b']);
  assert.equal(first.b.enabled, false);
  await first.a.addToxic({ type: 'noop', attributes: {} });
  const again = await client.populate([
    { name: 'a', listen: first.a.listen.replace('127.0.0.1', 'localhost'), upstream: upstreamAddress },
    { name: 'b', listen: 'localhost:0', upstream: '127.0.0.1:1' },
  ]);
  assert.deepEqual(again.a.toJson(), first.a.toJson());
  assert.equal((await again.a.getToxic('noop_downstream')).type, 'noop');
  assert.equal(again.b.upstream, '127.0.0.1:1');
  assert.equal(again.b.enabled, true);
});

test('populate validates all first, and on a later failure tells what was done', async () => {
  const bad = await call('POST', '/populate', [{ name: 'a', upstream: upstreamAddress }, { name: 'b' }]);
  assert.equal(bad.status, 400);
  assert.equal(bad.type, 'application/json');
  assert.deepEqual(JSON.parse(bad.text),
    { error: 'missing required field: upstream at proxy 2', status: 400, proxies: [] });
  assert.deepEqual(await client.getAll(), {});
  const half = await call('POST', '/populate', [
    { name: 'a', listen: 'localhost:0', upstream: upstreamAddress },
    { name: 'b', listen: 'local373', upstream: upstreamAddress }]);
  assert.equal(half.status, 500);
  const { error, proxies } = JSON.parse(half.text);
  assert.equal(error, 'listen tcp: address local373: missing port in address');
  assert.deepEqual(proxies.map((proxy) => proxy.name), ['a']);
});

test('reset enables every proxy', async () => {
  const proxy = await create();
  await proxy.update({ enabled: false });
  await client.reset();
  await echo(proxy.listen);
});

test('each refusal has its status and text', async () => {
  const proxy = await create();
  const toxics = '/proxies/echo/toxics';
  await proxy.addToxic({ type: 'noop', attributes: {} });
  await refuses('POST', '/proxies', '', 400, 'bad request body: EOF');
  await refuses('POST', '/proxies', '{', 400, 'bad request body: unexpected EOF');
  await refuses('POST', '/proxies', {}, 400, 'missing required field: name');
  await refuses('POST', '/proxies', { name: 'x' }, 400, 'missing required field: upstream');
  await refuses('POST', '/proxies', { name: 'echo', upstream: 'x:1' }, 409, 'proxy already exists');
  await refuses('POST', '/proxies', { name: 'x', upstream: 'x:1', listen: proxy.listen }, 500,
    `listen tcp ${proxy.listen}: bind: address already in use`);
  await refuses('GET', '/proxies/nobody', undefined, 404, 'proxy not found');
  await refuses('GET', `${toxics}/nothing`, undefined, 404, 'toxic not found');
  await refuses('POST', toxics, { type: 'noop', stream: 'x' }, 400,
    'stream was invalid, can be either upstream or downstream');
  await refuses('POST', toxics, { type: 'x' }, 400, 'invalid toxic type');
  await refuses('POST', toxics, { type: 'noop' }, 409, 'toxic already exists');
  await refuses('POST', toxics, { type: 'latency', attributes: { latency: 1.5 } }, 400,
    'bad request body: json: cannot unmarshal number 1.5 into Go struct field '
    + 'LatencyToxic.attributes.latency of type int64');
});

test('browsers, unknown paths and wrong methods are refused', async () => {
  assert.deepEqual(await call('GET', '/proxies', undefined, { 'User-Agent': 'Mozilla/5.0' }),
    { status: 403, type: 'text/plain; charset=utf-8', text: 'User agent not allowed\n' });
  assert.deepEqual(await call('GET', '/nothing'),
    { status: 404, type: 'text/plain; charset=utf-8', text: '404 page not found\n' });
  assert.deepEqual(await call('PUT', '/proxies', '{}'), { status: 405, type: null, text: '' });
});

test('GET /metrics has both counters of each proxy', async () => {
  const proxy = await create();
  const { status, type, text } = await call('GET', '/metrics');
  assert.equal(status, 200);
  assert.equal(type, 'text/plain; version=0.0.4; charset=utf-8');
  for (const what of ['received', 'sent']) {
    for (const direction of ['upstream', 'downstream']) {
      assert.match(text, new RegExp(`^toxiproxy_proxy_${what}_bytes_total{direction="${direction}",`
        + `listener="${proxy.listen}",proxy="echo",upstream="${upstreamAddress}"} \\d+$`, 'm'));
    }
  }
});
