"""The rule for Secrets' values in shell scripts: one line break at the end is no part of a value.

Files that an editor or `echo` wrote end with one. Python programs have the same rule in
`omero_plugin_common.env_utils`; `desired.secret_rules` says what else a value may not hold.
"""


def drop_line_break(*variables: str) -> str:
    r"""POSIX shell lines that drop one `\n` or `\r\n` from the end of variables.

    Args:
        variables: Names of set shell variables; those that came from the environment stay exported.

    Returns:
        The lines, for the beginning of a script.
    """
    lines = [
        f"""case ${name} in *"$cr$lf") {name}=${{{name}%"$cr$lf"}} ;; """
        f"""*"$lf") {name}=${{{name}%"$lf"}} ;; esac"""
        for name in variables
    ]
    return "\n".join(["lf='\n' cr=$(printf '\\r')", *lines]) + "\n"
