// Rules between two settings, which no single field can see.
import { priceFaults } from '../providers/models.ts';

/** What the host brings itself, and so need not be set. */
export interface HostParts {
  database?: boolean;
  identify?: boolean;
}

/** S3 when asked for or when keys or an endpoint are set; else a folder on disk. */
export function storageKind({ IMAGE_STORAGE, AWS_ACCESS_KEY_ID, S3_ENDPOINT }: Record<string, unknown>) {
  return IMAGE_STORAGE ?? (AWS_ACCESS_KEY_ID !== undefined || S3_ENDPOINT !== undefined ? 's3' : 'disk');
}

/** Of the settings as given, so that no other fault hides these. */
export function crossFaults(settings: Record<string, string | undefined>, host: HostParts): string[] {
  const faults: string[] = [];
  if (settings.DATABASE_URL) {
    faults.push('DATABASE_URL: PostgreSQL is not supported yet; set DATABASE_PATH to the SQLite file of the forum');
  } else if (!settings.DATABASE_PATH && !host.database) {
    faults.push('DATABASE_PATH: is required: the SQLite file of the forum');
  }
  if (!host.identify && !settings.JWT_SECRET) {
    faults.push('JWT_SECRET: is required: the secret that the forum signs its login tokens with');
  }
  if (settings.IMAGE_PROVIDER === 'replicate' && !settings.REPLICATE_API_TOKEN) {
    faults.push('REPLICATE_API_TOKEN: is required when IMAGE_PROVIDER is replicate');
  }
  if (settings.PICTURE_MODERATION === 'remote' && !settings.MODERATION_API_KEY) {
    faults.push('MODERATION_API_KEY: is required when PICTURE_MODERATION is remote');
  }
  faults.push(...priceFaults(settings), ...trainingFaults(settings), ...webhookFaults(settings));
  if (Boolean(settings.AWS_ACCESS_KEY_ID) !== Boolean(settings.AWS_SECRET_ACCESS_KEY)) {
    faults.push('AWS_SECRET_ACCESS_KEY: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY go together; set both or neither');
  }
  return faults;
}

/** Replicate has to reach the weights that it is to draw with. */
function trainingFaults(settings: Record<string, string | undefined>): string[] {
  const { REPLICATE_TRAINING_DESTINATION, PUBLIC_URL, IMAGE_PUBLIC_BASE_URL } = settings;
  const onDisk = storageKind(settings) === 'disk';
  if (!REPLICATE_TRAINING_DESTINATION || !onDisk || PUBLIC_URL || IMAGE_PUBLIC_BASE_URL) return [];
  return [
    'PUBLIC_URL: is required with REPLICATE_TRAINING_DESTINATION and the disk storage: weights are loaded from there',
  ];
}

/** PUBLIC_URL alone is no fault: it has another use. */
function webhookFaults({ REPLICATE_WEBHOOK_SECRET, PUBLIC_URL }: Record<string, string | undefined>): string[] {
  if (!REPLICATE_WEBHOOK_SECRET) return [];
  if (!PUBLIC_URL) return ['PUBLIC_URL: is required with REPLICATE_WEBHOOK_SECRET: it is where Replicate calls'];
  const insecure = /^http:\/\/(?!127\.0\.0\.1(:\d+)?(\/|$))/.test(PUBLIC_URL);
  return insecure ? ['PUBLIC_URL: must be https with REPLICATE_WEBHOOK_SECRET: Replicate calls no other'] : [];
}
