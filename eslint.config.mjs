// The rules are those of Odoo's own web/tooling, so that a patch reads like what it patches.
import js from "@eslint/js";
import globals from "globals";

export default [
    js.configs.recommended,
    {
        files: ["omnichannel_connector/static/**/*.js"],
        languageOptions: {
            ecmaVersion: 2022,
            sourceType: "module",
            globals: { ...globals.browser, odoo: "readonly", luxon: "readonly" },
        },
        rules: {
            curly: ["error", "all"],
            "no-duplicate-imports": "error",
            "no-restricted-globals": ["error", "event", "self"],
            "no-restricted-syntax": ["error", "PrivateIdentifier"],
            "no-unused-vars": ["error", { vars: "all", args: "none", caughtErrors: "all" }],
            "prefer-const": ["error", { destructuring: "all", ignoreReadBeforeAssign: true }],
            "arrow-body-style": ["error", "as-needed"],
        },
    },
];
