// What a failed call to a bucket means to whoever has to mend it: by the code words of S3, of sockets and of the SDK.

const UNREACHABLE =
  'The bucket cannot be reached: look at S3_ENDPOINT, AWS_REGION, the network and the certificate of the endpoint.';
const REGION = 'The bucket is in another region: set AWS_REGION to it.';
const KEYS = 'The access key is not known there: look at AWS_ACCESS_KEY_ID and S3_ENDPOINT.';
const EXPIRED = 'The credentials have expired: get new ones, or let a role give them.';

const SENTENCES: Record<string, string> = {
  InvalidAccessKeyId: KEYS,
  InvalidClientTokenId: KEYS,
  SignatureDoesNotMatch: 'The signature is refused: AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID.',
  CredentialsProviderError:
    'There are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or let a role give them.',
  ExpiredToken: EXPIRED,
  ExpiredTokenException: EXPIRED,
  NoSuchBucket: 'There is no such bucket: make it, or correct AWS_BUCKET_NAME.',
  RequestTimeTooSkewed: 'The clock of this machine and that of the store are too far apart: let NTP set it.',
  AccessDenied:
    'The service may not do this: its user or role needs the rights that the README names, and no policy may deny them.',
  PermanentRedirect: REGION,
  AuthorizationHeaderMalformed: REGION,
  IllegalLocationConstraintException: REGION,
  NotImplemented: 'The store does not know this call: it is no full S3.',
  QuotaExceeded: 'The quota of the store is used up.',
  EntityTooLarge: 'The store takes no objects of this size.',
};

/** @param error what the SDK has thrown, or an error of ours with that as its cause */
export function explain(error: unknown): string {
  const { cause = error } = error as Error;
  const {
    name = '',
    code = '',
    $metadata,
  } = cause as { name?: string; code?: string; $metadata?: { httpStatusCode?: number } };
  const known = SENTENCES[name] ?? SENTENCES[code];
  if (known) return known;
  const status = $metadata?.httpStatusCode;
  if (status === undefined) return cause === error && /not S3/.test((error as Error).message) ? NOT_S3 : UNREACHABLE;
  if (status === 301 || status === 307) return REGION;
  if (status < 300) return NOT_S3;
  if (status >= 500 || status === 429)
    return `The store has a fault of its own or too much to do (${status}): try again later.`;
  return `The store refuses (${status}${/^[A-Z]\w{2,50}$/.test(name) ? ` ${name}` : ''}).`;
}

const NOT_S3 = 'Something that is not S3 answers: look at S3_ENDPOINT.';
