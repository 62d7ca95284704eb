"""Keywords are followed at once, wording is only understood: so both have to be told apart."""

import pytest

from omnichannel_connector.channels.events import OptOut
from omnichannel_connector.channels.opt_out import Wish, keyword, own_words, wish

KEYWORDS = [
    ("STOP", OptOut.STOP),
    (" stop\n", OptOut.STOP),
    ("Stop!", OptOut.STOP),
    ("“STOP”", OptOut.STOP),
    ("stop all", OptOut.STOP),
    ("Opt-Out", OptOut.STOP),
    ("arrêt", OptOut.STOP),
    ("ARRÊTÉ", OptOut.STOP),
    ("start", OptOut.START),
    ("UNSTOP.", OptOut.START),
    ("Aide", OptOut.HELP),
    ("info", OptOut.HELP),
    ("", OptOut.NOTHING),
    ("yes", OptOut.NOTHING),
    ("stop please", OptOut.NOTHING),
    ("bus stop", OptOut.NOTHING),
    ("arrêt de bus", OptOut.NOTHING),
    ("para", OptOut.NOTHING),
]
STOPS = [
    # English
    ("please stop texting me", "sms", False),
    ("Stop texting!", "sms", False),
    ("no more e-mails", "email", False),
    ("No more texts please", "sms", False),
    ("Thanks, but no more e-mails please.", "email", False),
    ("unsubscribe me", "", True),
    ("I want to unsubscribe from your newsletter", "email", True),
    ("Don’t message me anymore", "", False),
    ("dont text me again", "sms", False),
    ("take me off your list", "", True),
    ("remove my number from your mailing list", "email", True),
    ("I don't want to receive any more messages", "", False),
    ("I no longer wish to hear from you", "", False),
    ("Thanks for the lamp! Please stop sending me emails.", "email", False),
    ("opt me out", "", False),
    ("stop these texts", "sms", False),
    ("leave me alone", "", False),
    ("STOP", "", False),
    # Spanish
    ("No me manden más mensajes", "", False),
    ("deja de enviarme correos", "email", False),
    ("quiero darme de baja", "", True),
    ("no quiero recibir publicidad", "", True),
    ("Por favor, no más mensajes", "", False),
    ("Gracias, pero no más correos", "email", False),
    ("BAJA", "", True),
    # French
    ("Arrêtez de m’envoyer des SMS", "sms", False),
    ("arrêtez les mails", "email", False),
    ("ne m'écrivez plus", "", False),
    ("je ne veux plus recevoir vos messages", "", False),
    ("désabonnez-moi", "", True),
    ("je veux me désinscrire", "", True),
    # German
    ("Stopp", "", False),
    ("Bitte keine Nachrichten mehr", "", False),
    ("Ich möchte keine SMS mehr", "sms", False),
    ("Schreibt mir bitte nicht mehr", "", False),
    ("schicken Sie mir keine Werbung mehr", "", True),
    ("Hören Sie auf, mir SMS zu schicken", "sms", False),
    ("Melden Sie mich bitte vom Newsletter ab", "email", True),
    ("Newsletter bitte abbestellen", "email", True),
    # Portuguese
    ("Pare de me enviar mensagens", "", False),
    ("parem de mandar SMS", "sms", False),
    ("Não quero mais receber e-mails", "email", False),
    ("não me mandem mais mensagens", "", False),
    ("Sair", "", False),
]
STARTS = [
    ("opt me back in", "", False),
    ("please subscribe me again", "", True),
    ("you can text me again", "sms", False),
    ("start texting me again", "sms", False),
    ("sign me up for the newsletter", "email", True),
    ("quiero volver a recibir mensajes", "", False),
    ("Réabonnez-moi", "", True),
    ("Ihr dürft mir wieder schreiben", "", False),
    ("quero voltar a receber mensagens", "", False),
]
FALSE_FRIENDS = [
    "I'll stop by the shop tomorrow",
    "can't stop loving it",
    "The bus stop is near",
    "please don't stop texting me",
    "why did you stop emailing me?",
    "Don't text me before 9",
    "don't email me the invoice, post it",
    "stop texting while driving is my motto",
    "I have no more messages from the courier",
    "I get no more emails from the shop, why?",
    "I did not unsubscribe",
    "Is it a full stop?",
    "a non-stop flight",
    "Cancel my order please",
    "end of the month",
    "opt out of the warranty",
    "Please text me when it is ready",
    "Can I get more texts?",
    "para mañana, gracias",
    "el precio es alto",
    "Dejé de usarlo",
    "plus de messages svp",
    "l'arrêt de bus est loin",
    "Ich bekomme keine Nachrichten mehr von euch",
    "Ich habe keine E-Mails erhalten",
    "Quero saber do pedido",
    "não recebi mais mensagens",
]


@pytest.mark.parametrize(("text", "meaning"), KEYWORDS)
def test_only_a_whole_message_is_a_keyword(text, meaning):
    assert keyword(text) is meaning


@pytest.mark.parametrize(("text", "channel", "is_marketing"), STOPS)
def test_who_wants_no_more_is_understood(text, channel, is_marketing):
    assert wish(text) == Wish(OptOut.STOP, channel, is_marketing)


@pytest.mark.parametrize(("text", "channel", "is_marketing"), STARTS)
def test_who_wants_to_hear_again_is_understood(text, channel, is_marketing):
    assert wish(text) == Wish(OptOut.START, channel, is_marketing)


@pytest.mark.parametrize("text", FALSE_FRIENDS)
def test_a_false_friend_is_no_wish(text):
    assert wish(text) is None


def test_a_wish_far_down_in_a_long_text_is_not_searched_for():
    assert wish("Hello. " * 1000 + "Please stop texting me.") is None


@pytest.mark.parametrize(
    "history",
    [
        "> please unsubscribe me",
        "On Mon, 2 Nov 2026 at 10:00, Our Shop wrote:\nunsubscribe here",
        "Am 2. November schrieb Our Shop:\n> unsubscribe",
        "-----Original Message-----\nunsubscribe",
        "From: Our Shop\nunsubscribe",
    ],
)
def test_what_an_answer_quotes_is_nobodys_wish(history):
    assert own_words(f"Thanks, it fits.\n{history}") == "Thanks, it fits."
