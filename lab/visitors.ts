import { request } from 'node:https'

/** Asks again and again, each time over a new connection, until it is stopped. */
export function visitors(port: number, name: string) {
  let isOver = false
  const failures: string[] = []
  const serials = new Set<string>()
  let answered = 0
  const ask = () =>
    new Promise<void>((resolve) => {
      const asked = request(
        {
          host: '127.0.0.1',
          port: port,
          servername: name,
          agent: false,
          rejectUnauthorized: false,
          headers: { host: name, connection: 'close' },
        },
        (response) => {
          const { socket } = response
          if ('getPeerCertificate' in socket && typeof socket.getPeerCertificate === 'function')
            serials.add(socket.getPeerCertificate().serialNumber)
          response.resume().once('end', () => {
            answered += 1
            if (response.statusCode !== 200) failures.push(String(response.statusCode))
            resolve()
          })
        },
      )
      asked.once('error', (error) => {
        failures.push(String(error))
        resolve()
      })
      asked.end()
    })
  const workers = Array.from({ length: 4 }, async () => {
    while (!isOver) await ask()
  })
  return {
    async stop() {
      isOver = true
      await Promise.all(workers)
      return { failures, serials, answered }
    },
  }
}
