import type { PowerProof, PowerSwitch } from '../../host/power/switch.ts';
import type { Twin } from '../twin.ts';

/** The twin's power in the hands of the harness: an outlet that always does what it says. */
export function twinPower(twin: Twin, atFirst: 'on' | 'off' = 'on'): PowerSwitch {
  let state = atFirst;
  const proof = (act: PowerProof['act'], state: 'on' | 'off'): PowerProof => ({
    act,
    verified: true,
    readBack: state,
    offAtMs: act === 'on' ? null : Date.now(),
    onAtMs: act === 'off' ? null : Date.now(),
  });

  const off = async (): Promise<PowerProof> => {
    await twin.powerOff();
    state = 'off';
    return proof('off', state);
  };
  const on = async (): Promise<PowerProof> => {
    await twin.powerOn();
    state = 'on';
    return proof('on', state);
  };
  const cycle = async (): Promise<PowerProof> => {
    await off();
    await on();
    return proof('cycle', state);
  };
  return { description: 'the twin’s outlet', tellsState: true, on, off, cycle, state: () => Promise.resolve(state) };
}
