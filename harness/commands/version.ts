import packageJson from '../../package.json' with { type: 'json' };

/** Version of this comeback, as it stands in every journal. */
export const comebackVersion = packageJson.version;
