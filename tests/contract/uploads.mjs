// Sends a file through a line that is cut every so often, with tus-js-client as it is published, reads the evidence back,
// and tells the most memory that the service has held. Called by `uploads`.

import assert from 'node:assert'
import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import net from 'node:net'
import * as tus from 'tus-js-client'

const [address, token, service, path] = process.argv.slice(2)
const megabytes = Number(process.env.HAZARDS_TEST_UPLOAD_MB ?? 8)
const cutEvery = Number(process.env.HAZARDS_TEST_CUT_MS ?? 500)
// A line that is faster than its cuts would never be cut in the middle of a file.
const bytesPerSecond = Number(process.env.HAZARDS_TEST_BYTES_PER_SECOND ?? 8 * 1024 * 1024)
const authorization = { Authorization: `Bearer ${token}` }

function peak() {
    const status = fs.readFileSync(`/proc/${service}/status`, 'utf8')
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)[1]) / 1024
}

function write(size) {
    const file = fs.openSync(path, 'w')
    fs.writeSync(file, '%PDF-1.7\n')
    for (let left = size - 9; left > 0; left -= 1 << 20) {
        fs.writeSync(file, randomBytes(Math.min(left, 1 << 20)))
    }
    fs.closeSync(file)
}

async function digest(stream) {
    const hash = createHash('sha256')
    for await (const piece of stream) hash.update(piece)
    return hash.digest('hex')
}

// Passes bytes on at the speed of the line, and cuts everything that is under way now and then.
function line(target) {
    const open = new Set()
    const counted = { cuts: 0, connections: 0 }
    const server = net.createServer((client) => {
        counted.connections += 1
        const far = net.connect(target.port, target.hostname)
        const pair = [client, far]
        open.add(pair)
        const end = () => {
            open.delete(pair)
            pair.forEach((socket) => socket.destroy())
        }
        pair.forEach((socket) => socket.on('error', end).on('close', end))
        client.on('data', (piece) => {
            far.write(piece)
            client.pause()
            setTimeout(() => client.resume(), (piece.length / bytesPerSecond) * 1000)
        })
        far.pipe(client)
    })
    const cutter = setInterval(() => {
        for (const pair of open) {
            counted.cuts += 1
            pair.forEach((socket) => socket.resetAndDestroy())
        }
    }, cutEvery)
    return new Promise((resolve) => server.listen(0, '127.0.0.1', () => {
        const close = () => { clearInterval(cutter); server.close() }
        resolve({ url: `http://127.0.0.1:${server.address().port}`, counted, close })
    }))
}

function upload(endpoint, sha256) {
    return new Promise((resolve, reject) => {
        let attachment
        const sending = new tus.Upload(fs.createReadStream(path), {
            endpoint: `${endpoint}/v1/uploads`,
            retryDelays: Array(200).fill(100),
            headers: authorization,
            metadata: { filename: 'file.pdf', filetype: 'application/pdf', sha256 },
            onAfterResponse: (_, response) => { attachment = response.getHeader('Upload-Attachment') ?? attachment },
            onSuccess: () => resolve({ url: sending.url, attachment }),
            onError: reject,
        })
        sending.start()
    })
}

// What half of it costs; the whole must not cost more.
const broken = await line(new URL(address))
write(Math.ceil(megabytes / 2) * (1 << 20))
await upload(broken.url, await digest(fs.createReadStream(path)))
const before = peak()
Object.assign(broken.counted, { connections: 0, cuts: 0 })

write(megabytes * (1 << 20))
const sha256 = await digest(fs.createReadStream(path))
const begun = Date.now()
const { url, attachment } = await upload(broken.url, sha256)
const seconds = (Date.now() - begun) / 1000
broken.close()
const after = peak()

const told = await fetch(`${address}${new URL(url).pathname}`, { headers: authorization }).then((answer) => answer.json())
assert.equal(told.state, 'done')
if (attachment) assert.equal(told.attachment, attachment)
const evidence = await fetch(`${address}/v1/attachments/${told.attachment}`, { headers: authorization })
assert.equal(evidence.status, 200)
assert.equal(await digest(evidence.body), sha256)
assert.ok(broken.counted.cuts > 0, 'the line was never cut')
console.log(
    `${megabytes} MB in ${seconds.toFixed(1)} s over ${broken.counted.connections} connections, ${broken.counted.cuts} of ` +
    `them cut; peak memory of the service ${before.toFixed(1)} MB before, ${after.toFixed(1)} MB after`,
)
assert.ok(after - before < 32, 'memory grows with the file')
