import type { z } from 'zod';
import { PowerDeviceError } from './errors.ts';
import { type HttpDevice, type HttpReply, expectSuccess, shortened } from './http.ts';

/** The body of a successful reply, parsed. @throws PowerDeviceError where it is no JSON or of another shape. */
export function expectJson<T>(device: HttpDevice, reply: HttpReply, shape: z.ZodType<T>): T {
  expectSuccess(device, reply);
  let value: unknown;
  try {
    value = JSON.parse(reply.body);
  } catch (cause) {
    throw notUnderstood(device, reply, cause);
  }
  const parsed = shape.safeParse(value);
  if (!parsed.success) throw notUnderstood(device, reply, parsed.error);
  return parsed.data;
}

function notUnderstood(device: HttpDevice, reply: HttpReply, cause: unknown): PowerDeviceError {
  const reason = `its answer cannot be understood: ${shortened(reply.body)}`;
  return new PowerDeviceError(device.description, reason, { refused: false, cause });
}
