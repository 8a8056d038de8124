// In the command, acme-client gets this in place of axios: its lower layers, which are all that domainctl uses, only
// set axios up and are given a transport of ours. It saves 40 ms of each start that orders something.
module.exports = {
  AxiosError: class AxiosError extends Error {},
  create: () => ({
    defaults: { headers: { common: {} } },
    interceptors: { request: { use: () => {} }, response: { use: () => {} } },
  }),
}
