import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nextStatus, type PeerStatus, type StatusEvent } from '../../src/peers/peer.js';

const EVENTS: readonly StatusEvent[] = ['accepted', 'refused', 'answered', 'silent', 'malformed', 'banned', 'pardoned'];

/** From the status of a row, by the events in the order of EVENTS. */
const TABLE: Record<PeerStatus, readonly PeerStatus[]> = {
  CONNECTING: ['CONNECTED', 'INCOMPATIBLE', 'CONNECTED', 'UNREACHABLE', 'UNREACHABLE', 'BANNED', 'CONNECTING'],
  CONNECTED: ['CONNECTED', 'INCOMPATIBLE', 'CONNECTED', 'UNREACHABLE', 'CONNECTED', 'BANNED', 'CONNECTED'],
  UNREACHABLE: ['CONNECTED', 'INCOMPATIBLE', 'CONNECTED', 'UNREACHABLE', 'UNREACHABLE', 'BANNED', 'UNREACHABLE'],
  INCOMPATIBLE: ['CONNECTED', 'INCOMPATIBLE', 'INCOMPATIBLE', 'UNREACHABLE', 'INCOMPATIBLE', 'BANNED', 'INCOMPATIBLE'],
  BANNED: ['BANNED', 'BANNED', 'BANNED', 'BANNED', 'BANNED', 'BANNED', 'CONNECTING'],
};

describe('the status of a peer', () => {
  for (const [status, results] of Object.entries(TABLE) as [PeerStatus, readonly PeerStatus[]][]) {
    for (const [index, event] of EVENTS.entries()) {
      it(`${status}, ${event}, is ${results[index]}`, () => {
        assert.equal(nextStatus(status, event), results[index]);
      });
    }
  }
});
