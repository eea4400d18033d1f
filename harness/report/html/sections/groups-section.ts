import type { RunJudgement } from '../../../judge/run-judgement.ts';
import { functionName } from '../../../judge/function-name.ts';
import { type PciAddress, shortAddress } from '../../../pci/address.ts';
import type { GroupPicture, GroupTenant } from '../digest/group-sight.ts';
import type { PageModel } from '../digest/run-digest.ts';
import { html, type Markup } from '../markup.ts';
import { section } from './chart-sections.ts';

type Names = ReadonlyMap<PciAddress, string>;

/** Who shares an IOMMU group with whom, before the first cycle and after the last. */
export function groupsSection({ functions }: RunJudgement, { groups }: PageModel): Markup {
  if (groups === undefined) return html``;
  const names: Names = new Map([...functions].map(([address, { role }]) => [address, functionName(role, address)]));
  const { before, after, isSame } = groups;
  const said =
    after === undefined
      ? 'No health was read after a stop, so there is nothing to hold them against.'
      : isSame
        ? 'The same before and after: every function is in the group that it was in.'
        : 'Not the same: what moved or went is marked.';
  return section(
    'groups',
    'IOMMU groups',
    html`<p class="lead">A box is a group; what shares one is handed over together. ${said}</p>
      <div class="sides">
        ${picture('Before the first cycle', before, names)}${after === undefined ? undefined : picture('After the last stop', after, names)}
      </div>
      <ul class="legend">
        <li><span class="tenant vm" aria-hidden="true"></span>the VM's</li>
        <li><span class="tenant bridge" aria-hidden="true"></span>a port or bridge</li>
        <li><span class="tenant host" aria-hidden="true"></span>the host's</li>
      </ul> `,
  );
}

function picture(title: string, { groups, missing }: GroupPicture, names: Names): Markup {
  const gone = missing.map(
    (address) =>
      html`<li class="tenant vm gone">
        <b>${names.get(address) ?? shortAddress(address)}</b><small>the host has it no more</small>
      </li>`,
  );
  const boxes = groups.map(
    ({ group, tenants }) =>
      html`<li class="group${tenants.some(({ owner }) => owner === 'host') ? ' shared' : ''}">
        <h4>${group === null ? 'no group' : html`group <b>${group}</b>`}</h4>
        <ul>
          ${tenants.map((tenant) => tenantItem(tenant, names))}
        </ul>
      </li> `,
  );
  const lost =
    gone.length === 0
      ? undefined
      : html`<li class="group lost-group">
          <h4>gone</h4>
          <ul>
            ${gone}
          </ul>
        </li>`;
  return html`<div class="side">
    <h3>${title}</h3>
    <ul class="groups">
      ${boxes}${lost}
    </ul>
  </div> `;
}

const ownerWords = { vm: 'the VM’s', host: 'the host’s', bridge: 'port' } as const;

function tenantItem({ address, owner, id, driver, uses, isMoved }: GroupTenant, names: Names): Markup {
  const details = [ownerWords[owner], id, driver ?? 'no driver', ...uses, ...(isMoved ? ['moved'] : [])];
  return html`<li class="tenant ${owner}${isMoved ? ' moved' : ''}">
    <b>${names.get(address) ?? shortAddress(address)}</b
    ><small>${details.filter((part) => part !== undefined).join(', ')}</small>
  </li>`;
}
