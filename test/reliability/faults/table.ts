// The whole fault list, kind by kind.
import type { Kind } from './case.ts';
import { CREATE } from './create.ts';
import { DOWNLOAD } from './download.ts';
import { OUTPUTS } from './outputs.ts';
import { PICTURES } from './pictures.ts';
import { POLL } from './poll.ts';
import { S3 } from './s3.ts';
import { SQLITE } from './sqlite.ts';
import { WEBHOOKS } from './webhooks.ts';

export const TABLE: Kind[] = [CREATE, POLL, OUTPUTS, DOWNLOAD, PICTURES, WEBHOOKS, S3, SQLITE];
