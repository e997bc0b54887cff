"""The outlets in the node's file."""

import pytest

from steerclear.interfaces.cli.node_file import NodeFileError, read_node_config
from steerclear.interfaces.outlets import open_outlets

HEAD = """
[node]
party = "north"
agreement = "agreement.toml"
signatures = "agreement.toml.sig"
data = "data"
[keys]
signing = "a"
witness = "b"
tls_key = "c"
tls_certificate = "d"
[line]
listen = "127.0.0.1:7443"
[local]
listen = "127.0.0.1:7480"
"""


def read(tmp_path, text):
    path = tmp_path / "node.toml"
    path.write_text("peers = []\n" + HEAD + text)
    return read_node_config(path)


@pytest.mark.requirement("SC-OUT-08")
def test_sections_become_outlets(tmp_path):
    config = read(
        tmp_path,
        '[outlets.duty-phone]\ncommand = ["true", "--loud"]\ntimeout_s = 5\n'
        '[outlets.mail]\napprise = ["mailto://u:p@mail.example?to=a@b.example"]\n'
        '[outlets.log]\nfile = "out.jsonl"\n',
    )
    assert config.file.outlets["duty-phone"].command == ("true", "--loud")
    assert config.file.outlets["duty-phone"].timeout_s == 5.0
    assert open_outlets(config.file.outlets, config.folder).names() == {"duty-phone", "mail", "log"}
    assert read(tmp_path, "").file.outlets == {}


@pytest.mark.requirement("SC-OUT-08")
@pytest.mark.parametrize(
    ("section", "says"),
    [
        ("", "exactly one of command, apprise and file"),
        ('file = "x"\ncommand = ["y"]', "exactly one of command, apprise and file"),
        ('command = "rm -rf /"', "array"),
        ("apprise = [7]", r"apprise\[0\]"),
        ('file = "x"\ntimeout_s = "soon"', "timeout_s"),
        ('file = "x"\nshell = true', "unknown field `shell`"),
    ],
)
def test_a_bad_section_is_refused_with_its_name(tmp_path, section, says):
    with pytest.raises(NodeFileError, match=rf"outlets\.duty-phone.*{says}"):
        read(tmp_path, f"[outlets.duty-phone]\n{section}\n")


@pytest.mark.requirement("SC-OUT-06")
def test_a_refusal_does_not_repeat_an_address(tmp_path):
    with pytest.raises(NodeFileError) as refusal:
        read(tmp_path, '[outlets.mail]\napprise = "mailto://user:hunter2@mail.example"\n')
    assert "hunter2" not in str(refusal.value)
