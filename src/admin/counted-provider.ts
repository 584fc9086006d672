// A provider whose calls are counted, by what was asked and how it came out.
import { type Provider, ProviderError } from '../providers/provider.ts';

export type CountCall = (call: string, outcome: string) => void;

/** Written out member by member: the provider may be a host's own, of any class. */
export function countedProvider(provider: Provider, count: CountCall): Provider {
  const counted = async <T>(call: string, work: Promise<T>): Promise<T> => {
    try {
      const result = await work;
      count(call, 'ok');
      return result;
    } catch (error) {
      count(call, error instanceof ProviderError ? error.kind : 'fault');
      throw error;
    }
  };
  return {
    name: provider.name,
    model: provider.model,
    identity: provider.identity,
    trainer: provider.trainer,
    pollIntervalMs: provider.pollIntervalMs,
    submitsPerSecond: provider.submitsPerSecond,
    pollsPerSecond: provider.pollsPerSecond,
    dearestUsd: (model) => provider.dearestUsd(model),
    submit: (request, attempt) => counted('submit', provider.submit(request, attempt)),
    find: (request, attempt) => counted('find', provider.find(request, attempt)),
    get: (id, request) => counted('get', provider.get(id, request)),
    cancel: (id) => counted('cancel', provider.cancel(id)),
    download: (prediction, request) => counted('download', provider.download(prediction, request)),
    check: () => provider.check(),
  };
}
